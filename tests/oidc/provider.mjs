// SPDX-License-Identifier: Apache-2.0
// An OpenID Connect provider that others wrote, for tests: node provider.mjs PORT CLIENT SECRET REDIRECT. Prints "ready".
import Provider from 'oidc-provider';

const [port, client, secret, redirect] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
	clients: [{
		client_id: client, client_secret: secret, redirect_uris: [redirect], response_types: ['code'],
		grant_types: ['authorization_code'], token_endpoint_auth_method: 'client_secret_basic',
	}],
	pkce: { required: () => true, methods: ['S256'] },
	claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
	conformIdTokenClaims: false,
	findAccount: (ctx, id) => ({
		accountId: id,
		claims: () => ({ sub: id, name: `Person ${id}`, preferred_username: id }),
	}),
	features: { devInteractions: { enabled: true } },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
