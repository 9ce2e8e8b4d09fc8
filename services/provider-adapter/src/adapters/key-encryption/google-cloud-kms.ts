// Key-encryption keys in Google Cloud KMS, over its REST API: https://cloud.google.com/kms/docs/reference/rest
import type { KeyEncryptionConfiguration } from '@waybill/config';
import { FaultError, type FaultKind, fault } from '@waybill/kernel';
import { request } from 'undici';
import { z } from 'zod';
import type { KeyEncryption } from '../../ports.ts';
import { contextText, notWrappedHere } from './context.ts';
import { renewedElsewhere } from './renewed-elsewhere.ts';

export type GoogleCloudKmsOptions = Omit<Extract<KeyEncryptionConfiguration, { by: 'google-cloud-kms' }>, 'by'> & {
  /** A token that Google takes; throws what says why there is none. */
  accessToken(): Promise<string>;
};

const timeoutMs = 5_000;
const encrypted = z.object({ name: z.string(), ciphertext: z.base64() });
const decrypted = z.object({ plaintext: z.base64() });

export function googleCloudKms(options: GoogleCloudKmsOptions): KeyEncryption {
  const { project, location, keyRing, key, endpoint } = options;
  const path = ['projects', project, 'locations', location, 'keyRings', keyRing, 'cryptoKeys', key];
  const name = path.map(encodeURIComponent).join('/');
  const ask = async (verb: 'encrypt' | 'decrypt', body: object): Promise<unknown> => {
    const token = await options.accessToken();
    return answerOf(`${endpoint}/v1/${name}:${verb}`, token, body);
  };
  return {
    async wrap(dataKey, context) {
      const plaintext = Buffer.from(dataKey).toString('base64');
      const read = encrypted.safeParse(
        await ask('encrypt', { plaintext, additionalAuthenticatedData: bound(context) }),
      );
      if (!read.success) throw strange();
      // The name is that of the version which was the primary one.
      return { by: `google:${read.data.name}`, bytes: Buffer.from(read.data.ciphertext, 'base64') };
    },
    async unwrap({ by, bytes }, context) {
      const ciphertext = Buffer.from(bytes).toString('base64');
      const asked = ask('decrypt', { ciphertext, additionalAuthenticatedData: bound(context) });
      const answer = await asked.catch((thrown: unknown) => {
        throw thrown instanceof FaultError && thrown.fault.kind === 'invalid' ? notWrappedHere(by) : thrown;
      });
      const read = decrypted.safeParse(answer);
      if (!read.success) throw strange();
      return Buffer.from(read.data.plaintext, 'base64');
    },
    renew: renewedElsewhere('Google Cloud KMS', 'give the key a new primary version there'),
    close: async () => undefined,
  };

  function bound(context: Parameters<typeof contextText>[0]): string {
    return Buffer.from(contextText(context)).toString('base64');
  }
}

async function answerOf(url: string, token: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(timeoutMs);
  const sent = request(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
  const { statusCode, body: answer } = await sent.catch((thrown: NodeJS.ErrnoException) => {
    const message = `Google Cloud KMS cannot be reached (${thrown.code ?? thrown.name})`;
    throw new FaultError(fault('unavailable', message));
  });
  const text = await answer.text();
  if (statusCode === 200) return jsonOf(text);
  const [kind, why] = refusals[statusCode] ?? ['unavailable', 'cannot serve now'];
  throw new FaultError(fault(kind, `Google Cloud KMS ${why} (status ${statusCode})`));
}

const refusals: Readonly<Record<number, readonly [kind: FaultKind, why: string]>> = {
  400: ['invalid', 'takes the request for no good one; check the state of the key'],
  401: ['forbidden', 'does not take the credentials'],
  403: [
    'forbidden',
    'refuses it: the account needs cloudkms.cryptoKeyVersions.useToEncrypt and useToDecrypt on the key',
  ],
  404: ['not_found', 'has no such key; check project, location, key_ring and key'],
};

function strange(): FaultError {
  return new FaultError(fault('unavailable', 'what answers for Google Cloud KMS is not it'));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
