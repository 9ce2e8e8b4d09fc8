// TLS at the edge: the server shows a certificate, its callers show none.
import { experimental, ServerCredentials } from '@grpc/grpc-js';
import { certificateProvider } from './certificate-provider.ts';
import { type Certificate, readCertificate, type TlsFiles, type WatchOptions, watchMaterial } from './material.ts';

export interface EdgeTls {
  /** For a gRPC server. */
  readonly server: ServerCredentials;
  /** For another server, as the files are now. */
  readonly current: Certificate;
  /** Tells the listener of a new certificate, until what is returned is called. */
  onChange(listener: (certificate: Certificate) => void): () => void;
  close(): void;
}

/** Throws `invalid`, naming the file, when the files are no good. */
export async function openEdgeTls(files: Omit<TlsFiles, 'caFile'>, options: WatchOptions): Promise<EdgeTls> {
  const watch = await watchMaterial(() => readCertificate(files), options);
  const provider = certificateProvider(watch, ({ certificate }) => certificate);
  return {
    server: experimental.createCertificateProviderServerCredentials(provider, provider, false),
    get current() {
      return watch.current;
    },
    onChange: watch.subscribe,
    close: watch.close,
  };
}

/** For a server behind a proxy that ends TLS; anywhere else on a network, keys and prompts would be for all to read. */
export function plainTextBehindProxy(): ServerCredentials {
  return ServerCredentials.createInsecure();
}
