// A certified authorization server for the tests: client_credentials over TLS.
//
//   node server.mjs PORT CERT KEY CLIENTS
//
// CLIENTS is a JSON file: [{ client_id, client_secret, method }].  Access
// tokens are opaque; every client may introspect them.

import fs from 'node:fs';
import https from 'node:https';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [port, cert, key, clientsFile] = process.argv.slice(2);

// NODE_PATH counts for require() only.
const require = createRequire(import.meta.url);
const { default: Provider } =
    await import(pathToFileURL(require.resolve('oidc-provider')));

const clients = JSON.parse(fs.readFileSync(clientsFile)).map((client) => ({
    client_id: client.client_id,
    client_secret: client.client_secret,
    token_endpoint_auth_method: client.method,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: 'api:read api:write',
}));

const provider = new Provider(`https://localhost:${port}`, {
    clients,
    scopes: ['api:read', 'api:write'],
    cookies: { keys: ['unused: no client has a browser'] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: {
            enabled: true,
            allowedPolicy: () => true,
        },
    },
    ttl: { ClientCredentials: 600 },
});

https.createServer(
    { cert: fs.readFileSync(cert), key: fs.readFileSync(key) },
    provider.callback(),
).listen(Number(port), '127.0.0.1', () => console.log('ready'));

// The test holds the other end of stdin: when it has gone, so are we.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
