// The documented wires of Google Cloud KMS and AWS KMS as far as we use them; their servers are nowhere to be had.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sealBytes, unsealBytes } from '../adapters/sealed-bytes.ts';

export interface KmsServer {
  readonly url: string;
  /** Makes a newer version of its key. */
  rotate(): void;
  /** The next answers are this refusal; undefined: none. */
  refuse(with_: Refusal | undefined): void;
  /** What was asked, in order. */
  readonly asked: readonly AskedOfKms[];
  stop(): Promise<void>;
}

export interface Refusal {
  readonly status: number;
  readonly body: object;
}

export interface AskedOfKms {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, string>>;
}

type Answer = { readonly status: number; readonly body: object };
type Respond = (asked: AskedOfKms, versions: readonly Buffer[]) => Answer;

/** `POST /v1/projects/p/locations/l/keyRings/r/cryptoKeys/k:encrypt` and `:decrypt`. */
export function startGoogleWire(): Promise<KmsServer> {
  return start(({ path, headers, body }, versions) => {
    const [, name, verb] = /^\/v1\/(projects\/p\/locations\/l\/keyRings\/r\/cryptoKeys\/k):(\w+)$/.exec(path) ?? [];
    if (headers.authorization !== 'Bearer google-token') return googleError(401, 'UNAUTHENTICATED');
    if (name === undefined) return googleError(404, 'NOT_FOUND');
    const boundTo = body.additionalAuthenticatedData ?? '';
    if (verb === 'encrypt') {
      const ciphertext = encrypt(versions, body.plaintext, boundTo);
      return { status: 200, body: { name: `${name}/cryptoKeyVersions/${versions.length}`, ciphertext } };
    }
    const plaintext = decrypt(versions, body.ciphertext, boundTo);
    return plaintext === undefined ? googleError(400, 'INVALID_ARGUMENT') : { status: 200, body: { plaintext } };
  });
}

function googleError(code: number, status: string): Answer {
  return { status: code, body: { error: { code, message: 'no', status } } };
}

export const awsKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** `POST /` with `x-amz-target: TrentService.Encrypt` or `.Decrypt`; rotation keeps the key's ARN. */
export function startAwsWire(): Promise<KmsServer> {
  return start(({ headers, body }, versions) => {
    if (!/^AWS4-HMAC-SHA256 Credential=AKIDTEST\//.test(headers.authorization ?? '')) {
      return awsError('UnrecognizedClientException');
    }
    const boundTo = JSON.stringify(body.EncryptionContext);
    if (body.KeyId !== 'alias/waybill' && body.KeyId !== awsKeyArn) return awsError('NotFoundException');
    if (headers['x-amz-target'] === 'TrentService.Encrypt') {
      return { status: 200, body: { KeyId: awsKeyArn, CiphertextBlob: encrypt(versions, body.Plaintext, boundTo) } };
    }
    const plaintext = decrypt(versions, body.CiphertextBlob, boundTo);
    if (plaintext === undefined) return awsError('InvalidCiphertextException');
    return { status: 200, body: { KeyId: awsKeyArn, Plaintext: plaintext } };
  });
}

export function awsError(name: string): Refusal {
  return { status: 400, body: { __type: name, message: 'no' } };
}

function encrypt(versions: readonly Buffer[], plain = '', boundTo: string): string {
  const sealed = sealBytes(Buffer.from(plain, 'base64'), versions.at(-1)!, boundTo);
  return Buffer.concat([Buffer.from([versions.length]), sealed]).toString('base64');
}

function decrypt(versions: readonly Buffer[], ciphertext = '', boundTo: string): string | undefined {
  const bytes = Buffer.from(ciphertext, 'base64');
  const key = versions[(bytes[0] ?? 0) - 1];
  return key && unsealBytes(bytes.subarray(1), key, boundTo)?.toString('base64');
}

async function start(respond: Respond): Promise<KmsServer> {
  const versions = [randomBytes(32)];
  const asked: AskedOfKms[] = [];
  let refusal: Refusal | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    asked.push({ path: request.url ?? '', headers: request.headers, body });
    const answer = refusal ?? respond(asked.at(-1)!, versions);
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer.body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rotate: () => versions.push(randomBytes(32)),
    refuse(with_) {
      refusal = with_;
    },
    asked,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
