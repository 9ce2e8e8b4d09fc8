// Key-encryption keys in AWS KMS, by Amazon's own client, which is loaded at the first use.
import type { KMSClient } from '@aws-sdk/client-kms';
import type { KeyEncryptionConfiguration } from '@waybill/config';
import { FaultError, type FaultKind, fault } from '@waybill/kernel';
import type { KeyEncryption } from '../../ports.ts';
import { notWrappedHere } from './context.ts';
import { renewedElsewhere } from './renewed-elsewhere.ts';

export type AwsKmsOptions = Omit<Extract<KeyEncryptionConfiguration, { by: 'aws-kms' }>, 'by'>;

export function awsKms({ key, region, endpoint }: AwsKmsOptions): KeyEncryption {
  let client: Promise<KMSClient> | undefined;
  const library = () => import('@aws-sdk/client-kms');
  const opened = () => {
    client ??= library().then(({ KMSClient: Client }) => new Client({ region, endpoint, maxAttempts: 3 }));
    return client;
  };
  return {
    async wrap(dataKey, context) {
      const { EncryptCommand } = await library();
      const request = { KeyId: key, Plaintext: dataKey, EncryptionContext: { ...context } };
      const answer = await (await opened()).send(new EncryptCommand(request)).catch(refuse);
      if (answer.CiphertextBlob === undefined || answer.KeyId === undefined) throw strange();
      return { by: `aws:${answer.KeyId}`, bytes: answer.CiphertextBlob };
    },
    async unwrap({ by, bytes }, context) {
      const { DecryptCommand } = await library();
      const request = { KeyId: by.replace(/^aws:/, ''), CiphertextBlob: bytes, EncryptionContext: { ...context } };
      const answer = await (await opened()).send(new DecryptCommand(request)).catch((thrown: Error) => {
        throw thrown.name === 'InvalidCiphertextException' ? notWrappedHere(by) : refusalOf(thrown);
      });
      if (answer.Plaintext === undefined) throw strange();
      return Buffer.from(answer.Plaintext);
    },
    renew: renewedElsewhere('AWS KMS', 'rotate the key there'),
    async close() {
      (await client)?.destroy();
    },
  };
}

const refusals: Readonly<Record<string, readonly [kind: FaultKind, why: string]>> = {
  AccessDeniedException: ['forbidden', 'refuses it: the account needs kms:Encrypt and kms:Decrypt on the key'],
  UnrecognizedClientException: ['forbidden', 'does not take the credentials'],
  CredentialsProviderError: ['forbidden', 'cannot be asked, since no credentials are to be had'],
  NotFoundException: ['not_found', 'has no such key; check key and region'],
  DisabledException: ['unavailable', 'has disabled the key'],
  IncorrectKeyException: ['forbidden', 'says that another key encrypted this'],
};

function refuse(thrown: Error): never {
  throw refusalOf(thrown);
}

/** The error itself stays out: it may hold what was sent. */
function refusalOf(thrown: Error): FaultError {
  const [kind, why] = refusals[thrown.name] ?? ['unavailable', 'cannot be asked now'];
  return new FaultError(fault(kind, `AWS KMS ${why} (${thrown.name})`));
}

function strange(): FaultError {
  return new FaultError(fault('unavailable', 'what answers for AWS KMS is not it'));
}
