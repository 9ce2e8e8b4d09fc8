import type { Secret } from '@waybill/kernel';

/** Where a Vault is, and how it is convinced. */
export interface VaultSettings {
  /** Such as https://vault.example.com:8200. */
  readonly address: string;
  readonly login: VaultLogin;
  /** Of Vault Enterprise; undefined for none. */
  readonly namespace?: string | undefined;
  /** PEM of the authority that has signed its certificate; undefined for those that the system trusts. */
  readonly caFile?: string | undefined;
  /** For each request; default 5,000. */
  readonly timeoutMs?: number | undefined;
}

export type VaultLogin =
  | { readonly by: 'token'; readonly token: Secret }
  /** The file is read for each request, since an agent renews the token in it. */
  | { readonly by: 'token-file'; readonly file: string }
  /** `role` as the auth method at `mount` knows it; the service account's token is in the file. */
  | { readonly by: 'kubernetes'; readonly role: string; readonly mount: string; readonly tokenFile: string };
