import { flag, httpUrl, identifier, section, text, wholeNumber } from '../reading/fields.ts';

/** Keys of providers that tenants bring themselves. */
export interface TenantKeysConfiguration {
  /** Whether an address that a tenant has set may lead into this network; default false. */
  readonly allowPrivate: boolean;
  /** Age at which what encrypts them is due to be encrypted anew, days; default 90. */
  readonly rewrapAfterDays: number;
  readonly keyEncryption: KeyEncryptionConfiguration;
}

/** Who keeps the key-encryption key. */
export type KeyEncryptionConfiguration =
  /** A file of our own; undefined: `provider-keyring.json` in the data folder, made if need be. */
  | { readonly by: 'keyring'; readonly file: string | undefined }
  /** HashiCorp Vault, as `vault` says where it is. */
  | { readonly by: 'vault-transit'; readonly mount: string; readonly key: string }
  | ({ readonly by: 'google-cloud-kms' } & GoogleCloudKms)
  | ({ readonly by: 'aws-kms' } & AwsKms);

export interface GoogleCloudKms {
  readonly project: string;
  readonly location: string;
  readonly keyRing: string;
  readonly key: string;
  /** Of a service account; undefined: the credentials that Google's libraries find by themselves. */
  readonly credentialsFile: string | undefined;
  readonly endpoint: string;
}

export interface AwsKms {
  /** Id, ARN or alias. Credentials are those that Amazon's libraries find by themselves. */
  readonly key: string;
  /** Undefined: as Amazon's libraries find it. */
  readonly region: string | undefined;
  /** Undefined: the region's own. */
  readonly endpoint: string | undefined;
}

const keyring = section({ file: text.optional() });
const vaultTransit = section({ mount: text.default('transit'), key: identifier });
const googleCloudKms = section({
  project: text,
  location: text.default('global'),
  key_ring: text,
  key: text,
  credentials_file: text.optional(),
  endpoint: httpUrl.default('https://cloudkms.googleapis.com'),
});
const awsKms = section({ key: text, region: text.optional(), endpoint: httpUrl.optional() });

export const tenantKeysSection = section({
  allow_private: flag.default(false),
  rewrap_after_days: wholeNumber({ least: 1, most: 3_650, unit: 'days' }).default(90),
  keyring: keyring.optional(),
  vault_transit: vaultTransit.optional(),
  google_cloud_kms: googleCloudKms.optional(),
  aws_kms: awsKms.optional(),
}).transform((given, context): TenantKeysConfiguration => {
  const { keyring: own, vault_transit: transit, google_cloud_kms: google, aws_kms: aws } = given;
  if ([own, transit, google, aws].filter((each) => each !== undefined).length > 1) {
    const message = 'names several keepers of the key-encryption key; keep one';
    context.issues.push({ code: 'custom', input: given, message });
  }
  const keyEncryption = ((): KeyEncryptionConfiguration => {
    if (transit) return { by: 'vault-transit', ...transit };
    if (aws) return { by: 'aws-kms', key: aws.key, region: aws.region, endpoint: aws.endpoint };
    if (!google) return { by: 'keyring', file: own?.file };
    const { key_ring: keyRing, credentials_file: credentialsFile, ...rest } = google;
    return { by: 'google-cloud-kms', ...rest, keyRing, credentialsFile };
  })();
  return { allowPrivate: given.allow_private, rewrapAfterDays: given.rewrap_after_days, keyEncryption };
});
