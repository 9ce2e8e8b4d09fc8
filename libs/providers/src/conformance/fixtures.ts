// The recorded answers of a vendor: `fixtures/` beside its codec.
import { existsSync, readFileSync } from 'node:fs';
import type { FaultKind } from '@waybill/kernel';
import type { Capability } from '../capability.ts';
import type { ProviderCodec } from '../codec.ts';
import { sourceOf } from '../reading/source.ts';

/** An answer, whole in `<name>.json` and streamed in `<name>.sse` or `<name>.ndjson`. */
export interface AnswerFixture {
  readonly name: string;
  readonly covers: readonly Capability[];
  readonly task?: 'embedding';
  readonly expected: {
    readonly text: string;
    readonly reasoning?: string;
    readonly toolCalls?: readonly { readonly name: string; readonly arguments: unknown }[];
    readonly finish: string;
    readonly rawFinish: string;
    readonly filterCategories?: readonly string[];
    /** Absent where the wire reports no usage. */
    readonly inputTotal?: number;
    readonly outputTotal?: number;
  };
}

/** Something that went wrong, and what it calls for. */
export interface FaultFixture {
  readonly name: string;
  readonly where: 'status' | 'success' | 'stream';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or text that is none. */
  readonly body: unknown;
  readonly expected: {
    readonly kind: FaultKind;
    readonly providerAtFault: boolean;
    readonly retrySame: boolean;
    readonly retryOther: boolean;
    readonly mayHaveBilled: boolean;
    readonly credentialBad: boolean;
    readonly retryAfterMs?: number;
  };
}

/** Reads the files of one vendor's folder. */
export interface Fixtures {
  readonly answers: readonly AnswerFixture[];
  readonly faults: readonly FaultFixture[];
  /** The exact body that a declared capability's probe encodes to. */
  request(capability: Capability): string | undefined;
  whole(name: string): Uint8Array;
  streamed(name: string): Uint8Array | undefined;
}

/** The fixtures in a folder, which ends with a slash. */
export function fixturesIn(folder: URL, framing: ProviderCodec['framing']): Fixtures {
  const text = (file: string) => readFileSync(new URL(file, folder), 'utf8');
  const requests = text('requests.json');
  return {
    answers: JSON.parse(text('answers.json')),
    faults: JSON.parse(text('faults.json')),
    request: (capability) => sourceOf(requests, [capability]),
    whole: (name) => readFileSync(new URL(`${name}.json`, folder)),
    streamed(name) {
      const file = new URL(`${name}.${framing}`, folder);
      return existsSync(file) ? readFileSync(file) : undefined;
    },
  };
}

/** The bytes of a fault fixture's body. */
export function bodyOf({ body }: FaultFixture): Uint8Array {
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
