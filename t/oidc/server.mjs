// A certified authorization server for the tests, over TLS.
//
//   node server.mjs PORT CERT KEY CLIENTS [CA]
//
// CLIENTS is a JSON file: [{ client_id, client_secret, method, metadata,
// grant_types }].  Access tokens are opaque; every client may introspect them.
// CA: clients may have certificates of it.
//
// When it is ready it prints a line with "ready" and a JSON object: a refresh
// token for each client that has the grant.

import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [port, cert, key, clientsFile, ca] = process.argv.slice(2);

// NODE_PATH counts for require() only.
const require = createRequire(import.meta.url);
const { default: Provider, errors } =
    await import(pathToFileURL(require.resolve('oidc-provider')));

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';

const clients = JSON.parse(fs.readFileSync(clientsFile)).map((client) => ({
    client_id: client.client_id,
    client_secret: client.client_secret,
    token_endpoint_auth_method: client.method,
    grant_types: client.grant_types ?? ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: 'api:read api:write',
    ...client.metadata,
}));

const certificate = (ctx) => {
    const { raw } = ctx.req.socket.getPeerCertificate();
    return raw ? new crypto.X509Certificate(raw) : undefined;
};

const provider = new Provider(`https://localhost:${port}`, {
    clients,
    // without the last there are no refresh tokens
    scopes: ['api:read', 'api:write', 'offline_access'],
    cookies: { keys: ['unused: no client has a browser'] },
    clientAuthMethods: [
        'client_secret_basic', 'client_secret_post', 'client_secret_jwt',
        'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth',
        'none',
    ],
    enabledJWA: {
        clientAuthSigningAlgValues: [
            'HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512',
            'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA',
        ],
    },
    features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: {
            enabled: true,
            allowedPolicy: () => true,
        },
        mTLS: {
            enabled: true,
            tlsClientAuth: true,
            selfSignedTlsClientAuth: true,
            getCertificate: certificate,
            certificateAuthorized: (ctx) => ctx.req.socket.authorized,
            certificateSubjectMatches: (ctx, property, expected) =>
                property === 'tls_client_auth_subject_dn'
                && certificate(ctx).subject === expected,
        },
    },
    findAccount: (ctx, id) => ({
        accountId: id, claims: () => ({ sub: id }),
    }),
    rotateRefreshToken: true,
    ttl: { ClientCredentials: 600, AccessToken: 1, RefreshToken: 600 },
});

// RFC 8693, as far as the library leaves it to us: the subject is a token of
// its own, what is issued belongs to the client that asks.
provider.registerGrantType(exchange, async (ctx, next) => {
    const { client, params } = ctx.oidc;

    if (params.subject_token_type !== accessToken) {
        throw new errors.InvalidRequest('subject_token_type');
    }

    const subject = await provider.ClientCredentials.find(
        params.subject_token);

    if (!subject) {
        throw new errors.InvalidGrant('subject_token is not valid');
    }

    const token = new provider.ClientCredentials({
        client, scope: subject.scope,
    });

    ctx.body = {
        access_token: await token.save(),
        issued_token_type: accessToken,
        token_type: token.tokenType,
        expires_in: token.expiration,
    };

    await next();
}, ['subject_token', 'subject_token_type', 'requested_token_type',
    'actor_token', 'actor_token_type', 'scope']);

const server = https.createServer({
    cert: fs.readFileSync(cert),
    key: fs.readFileSync(key),
    ca: ca && fs.readFileSync(ca),
    requestCert: !!ca,
    rejectUnauthorized: false,
}, provider.callback());

const refreshTokens = {};

for (const { client_id: id, grant_types: grants } of clients) {
    if (grants.includes('refresh_token')) {
        const client = await provider.Client.find(id);
        const grant = new provider.Grant({ accountId: 'user', clientId: id });

        grant.addOIDCScope('api:read api:write');

        refreshTokens[id] = await new provider.RefreshToken({
            client, accountId: 'user', grantId: await grant.save(),
            scope: 'api:read api:write', gty: 'authorization_code', iiat: 0,
        }).save();
    }
}

server.listen(Number(port), '127.0.0.1',
    () => console.log(`ready ${JSON.stringify(refreshTokens)}`));

// The test holds the other end of stdin: when it has gone, so are we.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
