// HashiCorp Vault's documented wire as far as we use it, for machines where its server is not to be had: key-value store
// version 2, transit with associated data, login by Kubernetes, and the statuses of what is refused.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface VaultServer {
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  readonly token: string;
  /** Asks it as its administrator. */
  administer(method: 'POST', path: string, body: object): Promise<void>;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: object;
}

interface Asked {
  readonly path: string;
  readonly method: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Kept {
  readonly secrets: Map<string, readonly object[]>;
  readonly transit: Map<string, Buffer[]>;
}

export async function startVaultWire(): Promise<VaultServer> {
  const token = `hvs.${randomBytes(16).toString('hex')}`;
  const kept: Kept = { secrets: new Map(), transit: new Map() };
  const server = createServer(async (request, response) => {
    const { status, body } = await answerTo(request, token, kept);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    token,
    async administer(method, path, body) {
      const headers = { 'x-vault-token': token, 'content-type': 'application/json' };
      const answer = await fetch(`${address}/v1/${path}`, { method, headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
      await answer.arrayBuffer();
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answerTo(request: IncomingMessage, token: string, kept: Kept): Promise<Answer> {
  const { url = '', method = '', headers } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const asked = { path: url.replace(/^\/v1\//, ''), method, body: text === '' ? {} : JSON.parse(text) };
  if (asked.path === 'auth/kubernetes/login') {
    return asked.body.role === 'waybill' && asked.body.jwt === 'service-account-token'
      ? { status: 200, body: { auth: { client_token: token } } }
      : refused(403, 'permission denied');
  }
  if (headers['x-vault-token'] !== token) return refused(403, 'permission denied');
  return keyValue(asked, kept) ?? transit(asked, kept) ?? refused(404, 'no handler for route');
}

function refused(status: number, ...errors: string[]): Answer {
  return { status, body: { errors } };
}

function keyValue({ path, method, body }: Asked, { secrets }: Kept): Answer | undefined {
  const [, name] = /^secret\/data\/(.+)$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  const versions = secrets.get(name) ?? [];
  if (method === 'POST') {
    secrets.set(name, [...versions, body.data as object]);
    return { status: 200, body: { data: { version: versions.length + 1 } } };
  }
  const newest = versions.at(-1);
  if (newest === undefined) return refused(404);
  return { status: 200, body: { data: { data: newest, metadata: { version: versions.length } } } };
}

function transit({ path, body }: Asked, { transit: keys }: Kept): Answer | undefined {
  const [, verb = '', first = '', second] = /^transit\/(keys|encrypt|decrypt)\/([\w-]+)(\/rotate)?$/.exec(path) ?? [];
  if (verb === '') return undefined;
  const versions = keys.get(first);
  if (verb === 'keys') {
    keys.set(first, [...(versions ?? []), randomBytes(32)]);
    return { status: second === undefined ? 200 : 204 };
  }
  if (versions === undefined) return refused(400, 'encryption key not found');
  const boundTo = Buffer.from(String(body.associated_data ?? ''), 'base64');
  if (verb === 'encrypt') {
    const ciphertext = encrypt(versions, Buffer.from(String(body.plaintext), 'base64'), boundTo);
    return { status: 200, body: { data: { ciphertext, key_version: versions.length } } };
  }
  const plaintext = decrypt(versions, String(body.ciphertext), boundTo)?.toString('base64');
  return plaintext === undefined
    ? refused(400, 'cipher: message authentication failed')
    : { status: 200, body: { data: { plaintext } } };
}

function encrypt(versions: readonly Buffer[], plain: Buffer, boundTo: Buffer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', versions.at(-1)!, nonce).setAAD(boundTo);
  const bytes = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `vault:v${versions.length}:${bytes.toString('base64')}`;
}

function decrypt(versions: readonly Buffer[], ciphertext: string, boundTo: Buffer): Buffer | undefined {
  const [, version = '', encoded = ''] = /^vault:v(\d+):(.+)$/.exec(ciphertext) ?? [];
  const key = versions[Number(version) - 1];
  const bytes = Buffer.from(encoded, 'base64');
  if (key === undefined || bytes.length < 28) return undefined;
  try {
    const opening = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
    opening.setAAD(boundTo).setAuthTag(bytes.subarray(-16));
    return Buffer.concat([opening.update(bytes.subarray(12, -16)), opening.final()]);
  } catch {
    return undefined;
  }
}
