async function token(r) {
    const answer = await r.subrequest('/_fetch');

    if (answer.status != 200) {
        r.return(500);
        return;
    }

    r.headersOut.Token = JSON.parse(answer.responseText).access_token;
    r.return(204);
}

export default { token };
