// Certificate, key and authority of this process, read from files again when they change.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { FaultError, fault } from '@waybill/kernel';
import { serviceOf } from './identity.ts';

/** Paths of files in PEM. */
export interface TlsFiles {
  /** Certificates of the authority that both sides trust; several while it is being replaced. */
  readonly caFile: string;
  /** The certificate of this process, followed by intermediate ones if there are any. */
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface TlsMaterial {
  readonly ca: Buffer;
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** The service that the certificate names. */
  readonly service: string;
}

export interface MaterialWatch {
  readonly current: TlsMaterial;
  /** Tells the listener of each new material, until what is returned is called. */
  subscribe(listener: (material: TlsMaterial) => void): () => void;
  close(): void;
}

export interface WatchOptions {
  /** Told, once for each reason, why files that have changed are not used; the last good ones go on. */
  readonly onError: (error: unknown) => void;
  /** How often the files are looked at, milliseconds; 10,000 unless told otherwise. */
  readonly refreshMs?: number;
}

/**
 * Reads the files, and again from time to time: that finds changes through the links of a mounted Kubernetes secret
 * too, which watching a path would miss. Files that do not fit together, as in the middle of a change, are left for the
 * next time. Throws `invalid` when they are no good at the start.
 */
export async function watchMaterial(files: TlsFiles, options: WatchOptions): Promise<MaterialWatch> {
  const listeners = new Set<(material: TlsMaterial) => void>();
  let current = await readMaterial(files);
  let complaint: string | undefined;

  async function refresh(): Promise<void> {
    try {
      const next = await readMaterial(files);
      complaint = undefined;
      if (isSame(next, current)) return;
      current = next;
      for (const listener of [...listeners]) listener(next);
    } catch (thrown) {
      if (complaint === String(thrown)) return;
      complaint = String(thrown);
      options.onError(thrown);
    }
  }

  const timer = setInterval(refresh, options.refreshMs ?? 10_000).unref();
  return {
    get current() {
      return current;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => clearInterval(timer),
  };
}

async function readMaterial({ caFile, certificateFile, keyFile }: TlsFiles): Promise<TlsMaterial> {
  const [ca, certificate, key] = await Promise.all([caFile, certificateFile, keyFile].map(read));
  const material = { ca, certificate, key } as Omit<TlsMaterial, 'service'>;
  const service = checked(material, certificateFile);
  return { ...material, service };
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw unfit(path, 'cannot be read', cause);
  }
}

/** The service the certificate names; throws `invalid` unless key and certificate belong together. */
function checked({ ca, certificate, key }: Omit<TlsMaterial, 'service'>, certificateFile: string): string {
  try {
    createSecureContext({ ca, cert: certificate, key });
  } catch (cause) {
    throw unfit(
      certificateFile,
      'is no certificate, or the key or the authority beside it is not the right one',
      cause,
    );
  }
  const service = serviceOf(new X509Certificate(certificate));
  if (service === undefined)
    throw unfit(certificateFile, 'names no service: it needs one SAN of type URI, spiffe://waybill/<service>');
  return service;
}

function isSame(one: TlsMaterial, other: TlsMaterial): boolean {
  return one.ca.equals(other.ca) && one.certificate.equals(other.certificate) && one.key.equals(other.key);
}

function unfit(file: string, how: string, cause?: unknown): FaultError {
  return new FaultError(fault('invalid', `TLS: ${file} ${how}`, { details: { file }, cause }));
}
