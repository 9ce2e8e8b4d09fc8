// Certificates as a deployment without cert-manager has them, made by the script that makes those.
import { join } from 'node:path';
import { repositoryRoot, run } from '../infra/command.ts';

export interface CertificateFiles {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Each of `names` is a name, or `name=dns,dns`. Throws what the script has said when it fails. */
export function makeCertificates(folder: string, names: readonly string[]): void {
  const { succeeded, output } = run('sh', [join(repositoryRoot, 'deploy/certificates/make.sh'), folder, ...names]);
  if (!succeeded) throw new Error(output);
}

export function certificatesOf(folder: string, name: string): CertificateFiles {
  const file = (base: string) => join(folder, name, base);
  return { caFile: file('ca.crt'), certificateFile: file('tls.crt'), keyFile: file('tls.key') };
}
