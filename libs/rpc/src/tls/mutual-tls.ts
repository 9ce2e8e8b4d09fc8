// TLS between services: both sides show a certificate, and each checks which service the other is.
import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { ChannelCredentials, experimental, type ServerCredentials } from '@grpc/grpc-js';
import { certificateProvider } from './certificate-provider.ts';
import { serviceOf } from './identity.ts';
import { readServiceMaterial, type TlsFiles, type WatchOptions, watchMaterial } from './material.ts';

/** What servers and transports of one process need for TLS. New connections use the files as they are by then. */
export interface MutualTls {
  /** The service that this process is, by its certificate. */
  readonly service: string;
  /** For servers: only callers with a certificate of the same authority get in. */
  readonly server: ServerCredentials;
  /** For dialling a server that has to be this service, wherever it was reached. */
  client(service: string): ChannelCredentials;
  /** Tells the listener when new certificates are there, until what is returned is called. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** Throws `invalid`, naming the file, when the files are no good. */
export async function openMutualTls(files: TlsFiles, options: WatchOptions): Promise<MutualTls> {
  const watch = await watchMaterial(() => readServiceMaterial(files), options);
  const provider = certificateProvider(watch, ({ ca }) => ca);
  return {
    get service() {
      return watch.current.service;
    },
    server: experimental.createCertificateProviderServerCredentials(provider, provider, true),
    client(service) {
      const { ca, certificate, key } = watch.current;
      return ChannelCredentials.createSsl(ca, key, certificate, { checkServerIdentity: expecting(service) });
    },
    onChange: (listener) => watch.subscribe(listener),
    close: watch.close,
  };
}

/** Takes the place of the check of host names: replicas are dialled by address, and an address proves nothing. */
function expecting(service: string): (host: string, certificate: PeerCertificate) => Error | undefined {
  return (_host, { raw }) => {
    const found = serviceOf(new X509Certificate(raw));
    if (found === service) return undefined;
    return new Error(`expected the service ${service}, found ${found ?? 'a certificate that names none'}`);
  };
}
