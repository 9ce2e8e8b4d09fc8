// Structured logs. Secrets are a type that prints [redacted]; header names that carry keys are redacted besides.
import { type DestinationStream, type Logger, pino } from 'pino';
import { activeIds } from './active.ts';

export type { Logger } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

const redactedPaths = [
  'authorization',
  'api_key',
  'apiKey',
  'secret',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
].flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Named in each line; which service of it writes is said by its own logger. */
  readonly process: string;
  /** Standard error unless given. */
  readonly destination?: DestinationStream;
}

/** A logger that writes JSON lines. What is logged while a call is worked on carries its ids. */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: { process: options.process },
      mixin: activeIds,
      redact: { paths: redactedPaths, censor: '[redacted]' },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    options.destination ?? pino.destination({ fd: 2, sync: false }),
  );
}
