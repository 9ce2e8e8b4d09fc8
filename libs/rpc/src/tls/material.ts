// Certificate, key and authority of this process, read from files again when they change.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
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

export interface Certificate {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

export interface TlsMaterial extends Certificate {
  readonly ca: Buffer;
  /** The service that the certificate names. */
  readonly service: string;
}

export interface MaterialWatch<Material extends Certificate> {
  readonly current: Material;
  /** Tells the listener of each new material, until what is returned is called. */
  subscribe(listener: (material: Material) => void): () => void;
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
 * next time, and told of when they still do not fit then. Throws `invalid` when they are no good at the start.
 */
export async function watchMaterial<Material extends Certificate>(
  readMaterial: () => Promise<Material>,
  options: WatchOptions,
): Promise<MaterialWatch<Material>> {
  const listeners = new Set<(material: Material) => void>();
  let current = await readMaterial();
  let complaint: { readonly text: string; isTold: boolean } | undefined;

  async function refresh(): Promise<void> {
    try {
      const next = await readMaterial();
      complaint = undefined;
      if (isDeepStrictEqual(next, current)) return;
      current = next;
      for (const listener of [...listeners]) listener(next);
    } catch (thrown) {
      const text = String(thrown);
      if (complaint?.text !== text) complaint = { text, isTold: false };
      else if (!complaint.isTold) {
        complaint.isTold = true;
        options.onError(thrown);
      }
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

/** What a process needs that is a service of ours. */
export async function readServiceMaterial({ caFile, certificateFile, keyFile }: TlsFiles): Promise<TlsMaterial> {
  const [ca, certificate, key] = await Promise.all([caFile, certificateFile, keyFile].map(read));
  const material = { ca, certificate, key } as Omit<TlsMaterial, 'service'>;
  const service = checked(material, certificateFile);
  return { ...material, service };
}

/** What a server needs whose callers show no certificate. */
export async function readCertificate({ certificateFile, keyFile }: Omit<TlsFiles, 'caFile'>): Promise<Certificate> {
  const [certificate, key] = (await Promise.all([certificateFile, keyFile].map(read))) as [Buffer, Buffer];
  refuseUnfit({ certificate, key }, certificateFile);
  return { certificate, key };
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw unfit(path, 'cannot be read', cause);
  }
}

/** The service the certificate names; throws `invalid` unless key and certificate belong together. */
function checked(material: Omit<TlsMaterial, 'service'>, certificateFile: string): string {
  refuseUnfit(material, certificateFile);
  const { certificate } = material;
  const service = serviceOf(new X509Certificate(certificate));
  if (service === undefined)
    throw unfit(certificateFile, 'names no service: it needs one SAN of type URI, spiffe://waybill/<service>');
  return service;
}

function refuseUnfit({ certificate, key, ...rest }: Certificate & { ca?: Buffer }, certificateFile: string): void {
  try {
    createSecureContext({ ...rest, cert: certificate, key });
  } catch (cause) {
    const how = 'is no certificate, or the key or the authority beside it is not the right one';
    throw unfit(certificateFile, how, cause);
  }
}

function unfit(file: string, how: string, cause?: unknown): FaultError {
  return new FaultError(fault('invalid', `TLS: ${file} ${how}`, { details: { file }, cause }));
}
