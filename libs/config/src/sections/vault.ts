import type { Secret } from '@waybill/kernel';
import type { VaultSettings } from '@waybill/vault';
import { httpUrl, identifier, milliseconds, secret, section, text } from '../reading/fields.ts';

/** HashiCorp Vault, for secrets of this configuration and for the encryption of tenants' keys. */
export type VaultConfiguration = Omit<VaultSettings, 'login'> & {
  /** Undefined where none is given: then it cannot be asked. */
  readonly login: VaultSettings['login'] | undefined;
};

const kubernetes = section({
  role: identifier,
  mount: text.default('kubernetes'),
  token_file: text.default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
});

export const vaultSection = section({
  address: httpUrl.optional(),
  token: secret.optional(),
  token_file: text.optional(),
  kubernetes: kubernetes.optional(),
  namespace: text.optional(),
  ca_file: text.optional(),
  timeout_ms: milliseconds.default(5_000),
}).transform((given, context): VaultConfiguration | undefined => {
  const ways = [given.token, given.token_file, given.kubernetes].filter((way) => way !== undefined);
  if (ways.length > 1) {
    const message = 'has several ways to log in; keep one of token, token_file and kubernetes';
    context.issues.push({ code: 'custom', input: given, message });
  }
  if (given.address === undefined) return undefined;
  return {
    address: given.address,
    login: loginOf(given),
    namespace: given.namespace,
    caFile: given.ca_file,
    timeoutMs: given.timeout_ms,
  };
});

interface GivenLogin {
  readonly token?: Secret | undefined;
  readonly token_file?: string | undefined;
  readonly kubernetes?: { readonly role: string; readonly mount: string; readonly token_file: string } | undefined;
}

function loginOf({ token, token_file: file, kubernetes: by }: GivenLogin): VaultConfiguration['login'] {
  if (token !== undefined) return { by: 'token', token };
  if (file !== undefined) return { by: 'token-file', file };
  return by && { by: 'kubernetes', role: by.role, mount: by.mount, tokenFile: by.token_file };
}
