// Certificates for tests: an authority of their own, and leaves that carry the name of a service.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** What a leaf says of its owner. */
export interface LeafNames {
  readonly commonName?: string;
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  /** 127.0.0.1 by default. */
  readonly ipAddresses?: readonly string[];
  /** How long it is valid from now, milliseconds; negative for one that has expired. An hour by default. */
  readonly validForMs?: number;
}

/** A certificate and its key, in PEM. */
export interface Leaf {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateAuthority {
  /** Its own certificate, in PEM. */
  readonly certificate: string;
  issue(names: LeafNames): Promise<Leaf>;
}

/** Paths of the three files, in the shape of the configuration's `tls`. */
export interface TlsFiles {
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hourMs = 3_600_000;

export async function createAuthority(commonName = 'Waybill test authority'): Promise<CertificateAuthority> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 2 * hourMs),
    notAfter: new Date(Date.now() + 24 * hourMs),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    certificate: pem(certificate),
    issue: (names) => issueLeaf({ issuer: certificate, signingKey: keys.privateKey }, names),
  };
}

/** The names of one of our services, reachable on this machine. */
export function serviceNames(service: string): LeafNames {
  return { commonName: service, uris: [`spiffe://waybill/${service}`], dnsNames: [service, 'localhost'] };
}

/** Writes the authority's certificate and a leaf into the folder; again to replace them, each file in one step. */
export async function writeTlsFiles(
  folder: string,
  authority: CertificateAuthority,
  names: LeafNames,
): Promise<TlsFiles> {
  const leaf = await authority.issue(names);
  const files = {
    caFile: join(folder, 'ca.pem'),
    certificateFile: join(folder, 'certificate.pem'),
    keyFile: join(folder, 'key.pem'),
  };
  await mkdir(folder, { recursive: true });
  await replace(files.caFile, authority.certificate);
  await replace(files.certificateFile, leaf.certificate);
  await replace(files.keyFile, leaf.key);
  return files;
}

interface Signer {
  readonly issuer: X509Certificate;
  readonly signingKey: webcrypto.CryptoKey;
}

async function issueLeaf({ issuer, signingKey }: Signer, names: LeafNames): Promise<Leaf> {
  const keys = await newKeys();
  const { commonName = 'nobody', uris = [], dnsNames = [], ipAddresses = ['127.0.0.1'], validForMs = hourMs } = names;
  const alternatives = [
    ...uris.map((value) => ({ type: 'url' as const, value })),
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${commonName}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + validForMs),
    extensions: [
      new SubjectAlternativeNameExtension(alternatives),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: pem(certificate), key: PemConverter.encode(key, PemConverter.PrivateKeyTag) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
