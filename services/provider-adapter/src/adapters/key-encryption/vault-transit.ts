// Key-encryption keys in HashiCorp Vault's transit engine: https://developer.hashicorp.com/vault/api-docs/secret/transit
import { FaultError, fault, faultOf } from '@waybill/kernel';
import type { Vault } from '@waybill/vault';
import { z } from 'zod';
import type { KeyEncryption, WrapContext } from '../../ports.ts';
import { contextText, notWrappedHere } from './context.ts';

export interface VaultTransitOptions {
  readonly vault: Vault;
  readonly mount: string;
  /** Name of a key of type aes256-gcm96, which Vault binds to the context. */
  readonly key: string;
}

const encrypted = z.object({ ciphertext: z.string().regex(/^vault:v\d+:/) });
const decrypted = z.object({ plaintext: z.string() });

export function vaultTransit({ vault, mount, key }: VaultTransitOptions): KeyEncryption {
  const place = `${mount}/${key}`;
  const bound = (context: WrapContext) => Buffer.from(contextText(context)).toString('base64');
  return {
    async wrap(dataKey, context) {
      const body = { plaintext: Buffer.from(dataKey).toString('base64'), associated_data: bound(context) };
      const answer = await vault.ask({ method: 'POST', path: `${mount}/encrypt/${key}`, body });
      const read = encrypted.safeParse(answer);
      if (!read.success) throw strange(place);
      const { ciphertext } = read.data;
      return { by: `vault:${place}:${ciphertext.split(':')[1]}`, bytes: Buffer.from(ciphertext) };
    },
    async unwrap({ by, bytes }, context) {
      const body = { ciphertext: Buffer.from(bytes).toString(), associated_data: bound(context) };
      const asked = vault.ask({ method: 'POST', path: `${mount}/decrypt/${key}`, body });
      // Vault has one answer for a damaged ciphertext, another context, and a version that is too old.
      const answer = await asked.catch((thrown: unknown) => {
        throw faultOf(thrown).kind === 'invalid' ? notWrappedHere(by) : thrown;
      });
      const read = decrypted.safeParse(answer);
      if (!read.success) throw strange(place);
      return Buffer.from(read.data.plaintext, 'base64');
    },
    async renew() {
      await vault.ask({ method: 'POST', path: `${mount}/keys/${key}/rotate` });
    },
    close: vault.close,
  };
}

function strange(place: string): FaultError {
  return new FaultError(fault('unavailable', `what answers for ${place} in Vault is no transit engine`));
}
