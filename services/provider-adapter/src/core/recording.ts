// A recorded exchange with a provider, as it is kept.

type Json = Readonly<Record<string, unknown>>;

export interface Recording {
  readonly version: 1;
  /** What the request is recorded under: 64 hexadecimal digits. */
  readonly key: string;
  /** ISO 8601. */
  readonly recordedAt: string;
  /** Id of the codec. */
  readonly dialect: string;
  readonly upstreamModel: string;
  /** As it went out, without its headers, keys taken out. */
  readonly request: { readonly path: string; readonly body: string };
  /** The canonical call, as JSON of its message, keys taken out. */
  readonly call: Json;
  /** The folded reply, likewise. */
  readonly reply: Json;
  readonly answer: RecordedAnswer;
}

/** Times are milliseconds since the request was sent. */
export interface RecordedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly firstByteMs: number;
  readonly pieces: readonly { readonly atMs: number; readonly base64: string }[];
  readonly endMs: number;
}

/** Which recording an attempt made, or was answered from. */
export interface AttemptRecord {
  readonly attemptId: string;
  readonly key: string;
  readonly replayed: boolean;
  /** Of what the answer said; a later recording of the same request may say something else. */
  readonly replyDigest: string;
}
