// A second authorization server, not kin to that of server.mjs: its library has
// a grant for token exchange (RFC 8693).
//
//   node exchange.mjs PORT CERT KEY CLIENTS
//
// CLIENTS is a JSON file: [{ client_id, client_secret, grant_types }].  Users
// have any name and the password "open sesame".  What is exchanged is a token
// that a user got here, by the grant "password".
//
// When it is ready it prints "ready {}".  On stderr stands a line for each
// request: its path, and "basic" when the client's secret was in the header.

import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';

const [port, cert, key, clientsFile] = process.argv.slice(2);

// NODE_PATH counts for require() only.
const require = createRequire(import.meta.url);
const { AuthorizationServer, DateInterval, JwtService, OAuthException } =
    require('@jmondi/oauth2-server');
const { handleVanillaError, requestFromVanilla, responseToVanilla } =
    require('@jmondi/oauth2-server/vanilla');

const clients = new Map(JSON.parse(fs.readFileSync(clientsFile))
    .map((client) => [client.client_id, {
        id: client.client_id, name: client.client_id,
        secret: client.client_secret, redirectUris: [], scopes: [],
        allowedGrants: client.grant_types,
    }]));
const tokens = new Map();
const jwt = new JwtService(crypto.randomBytes(32).toString('hex'));

const server = new AuthorizationServer({
    getByIdentifier: async (id) => clients.get(id),
    isClientValid: async (grant, client, secret) =>
        client.allowedGrants.includes(grant) && client.secret === secret,
}, {
    issueToken: async (client, scopes, user) => ({
        accessToken: crypto.randomUUID(), accessTokenExpiresAt: new Date(),
        client, scopes, user,
    }),
    issueRefreshToken: async (token) => token,
    persist: async (token) => { tokens.set(token.accessToken, token); },
    getByAccessToken: async (id) => tokens.get(id),
}, {
    getAllByIdentifiers: async (names) => names
        .filter((name) => name.startsWith('api:'))
        .map((name) => ({ name })),
    finalize: async (scopes) => scopes,
}, jwt);

const exchange = async ({ subjectToken }) => {
    const { jti } = await jwt.verify(subjectToken).catch(() => ({}));
    const user = tokens.get(jti)?.user;

    if (!user) {
        throw OAuthException.invalidGrant('subject_token is not valid');
    }

    return user;
};

server.enableGrantTypes(
    [{
        grant: 'password',
        userRepository: {
            getUserByCredentials: async (id, password) =>
                password === 'open sesame' ? { id } : undefined,
        },
    }, new DateInterval('10m')],
    [{
        grant: 'urn:ietf:params:oauth:grant-type:token-exchange',
        processTokenExchange: exchange,
    }, new DateInterval('10m')]);

const answers = {
    '/token': (request) => server.respondToAccessTokenRequest(request),
    '/token/introspection': (request) => server.introspect(request),
};

const answer = async ({ url, headers, method }, body) => {
    console.error(`${url}${headers.authorization ? ' basic' : ''}`);

    try {
        return responseToVanilla(await answers[url](await requestFromVanilla(
            new Request(`https://localhost:${port}${url}`,
                { headers, method, body }))));

    } catch (e) {
        return responseToVanilla(handleVanillaError(e));
    }
};

https.createServer({
    cert: fs.readFileSync(cert),
    key: fs.readFileSync(key),
}, async (req, res) => {
    const parts = [];

    for await (const part of req) {
        parts.push(part);
    }

    const response = await answer(req, Buffer.concat(parts));

    res.writeHead(response.status, Object.fromEntries(response.headers));
    res.end(await response.text());
}).listen(Number(port), '127.0.0.1', () => console.log('ready {}'));

// The test holds the other end of stdin: when it has gone, so are we.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
