import { section, text } from '../reading/fields.ts';

/** Files in PEM; they are read again when they change, so that certificates can be renewed under a running process. */
export interface TlsConfiguration {
  /** Certificates of the authority that both sides trust. */
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export const tlsSection = section({ ca_file: text, certificate_file: text, key_file: text }).transform(
  (given): TlsConfiguration => ({
    caFile: given.ca_file,
    certificateFile: given.certificate_file,
    keyFile: given.key_file,
  }),
);
