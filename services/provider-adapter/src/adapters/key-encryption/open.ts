// The one place where the keeper of the key-encryption keys is chosen.
import { join } from 'node:path';
import type { Configuration } from '@waybill/config';
import { FaultError, fault } from '@waybill/kernel';
import { openVault } from '@waybill/vault';
import type { KeyEncryption } from '../../ports.ts';
import { awsKms } from './aws-kms.ts';
import { googleCloudKms } from './google-cloud-kms.ts';
import { googleToken } from './google-token.ts';
import { keyringFile } from './keyring-file.ts';
import { vaultTransit } from './vault-transit.ts';

export interface EncryptionOptions {
  readonly configuration: Pick<Configuration, 'tenantKeys' | 'vault'>;
  readonly dataDirectory: string;
  /** Whether replicas share what is encrypted: then none of them may make a keyring of its own. */
  readonly isShared: boolean;
  nowIso(): string;
}

/** Nothing is asked, read or made before the first key is to be encrypted. */
export function openEncryption(options: EncryptionOptions): KeyEncryption {
  const { tenantKeys, vault } = options.configuration;
  const { keyEncryption } = tenantKeys;
  switch (keyEncryption.by) {
    case 'keyring':
      return openKeyring(keyEncryption.file, options);
    case 'vault-transit':
      if (vault?.login === undefined)
        return unavailable('vault has no way to log in: give token, token_file or kubernetes');
      return vaultTransit({ ...keyEncryption, vault: openVault({ ...vault, login: vault.login }) });
    case 'google-cloud-kms':
      return googleCloudKms({ ...keyEncryption, accessToken: googleToken(keyEncryption.credentialsFile) });
    case 'aws-kms':
      return awsKms(keyEncryption);
    default:
      return keyEncryption satisfies never;
  }
}

function openKeyring(file: string | undefined, { dataDirectory, isShared, nowIso }: EncryptionOptions): KeyEncryption {
  if (file !== undefined) return keyringFile({ file, mayMake: false, nowIso });
  if (!isShared) return keyringFile({ file: join(dataDirectory, 'provider-keyring.json'), mayMake: true, nowIso });
  return unavailable(
    'replicas share the keys of tenants, so that they need one keyring: give tenant_keys.keyring.file, or a key of ' +
      'vault_transit, google_cloud_kms or aws_kms',
  );
}

function unavailable(message: string): KeyEncryption {
  const refuse = async () => {
    throw new FaultError(fault('invalid', message));
  };
  return { wrap: refuse, unwrap: refuse, renew: refuse, close: async () => undefined };
}
