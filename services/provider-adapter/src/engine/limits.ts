/** What an answer may be at most; more is a fault, and the connection is closed. */
export const answerLimits = {
  /** A whole answer, or an error's body. */
  bodyBytes: 64 * 1024 * 1024,
  /** One frame of a stream, and so what is buffered of it. */
  frameBytes: 8 * 1024 * 1024,
  /** A stream as a whole. */
  streamBytes: 256 * 1024 * 1024,
  /** Body of an answer that is no success; the rest is not read. */
  errorBytes: 64 * 1024,
} as const;
