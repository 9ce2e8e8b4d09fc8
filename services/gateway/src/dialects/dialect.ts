// What a client dialect is: pure functions between its JSON and the canonical call and answer.
import type { Call, CallSummary, Citation, Finish, Reply, ReplyPart, Usage, Warning } from '@waybill/contracts';
import type { Fault, Result } from '@waybill/kernel';
import type { CallWishes } from '../core/plan.ts';

/** A request as its dialect understood it. */
export interface ReadRequest {
  /** Its `endUser` is empty: the name below has to become a pseudonym first. */
  readonly call: Call;
  /** The caller's own name for its user, as it came; empty when there is none. */
  readonly endUser: string;
  /** What was asked for and is not done. */
  readonly warnings: readonly Warning[];
  readonly answer: AnswerWriter;
  readonly wishes?: CallWishes;
  /** Tags for the books, besides those of the headers. */
  readonly tags?: readonly string[];
}

/** Writes the answer the way its request asked for it. */
export interface AnswerWriter {
  /** The body of an answer that is not streamed. Throws a FaultError when the dialect has no form for it. */
  whole(reply: Reply, label: AnswerLabel, ending: AnswerEnding): string;
  /** Begins a streamed answer; undefined for a caller that reads it whole. */
  readonly frames: ((label: AnswerLabel) => AnswerFrames) | undefined;
  /** Whether the dialect has a place for all of a citation; absent where it has none for any. */
  readonly shows?: (citation: Citation) => boolean;
}

/** What labels an answer; the same in each of its frames. */
export interface AnswerLabel {
  readonly callId: string;
  /** The model as the answer names it. */
  readonly model: string;
  readonly providerId: string;
  readonly createdAtSeconds: number;
}

/** What is known when an answer is complete. */
export interface AnswerEnding {
  readonly finish: Finish;
  /** Undefined when the provider sent no figures that can be read. */
  readonly usage: Usage | undefined;
  readonly summary: CallSummary;
  readonly warnings: readonly Warning[];
}

/** Writes a streamed answer: each member returns text to send, which may be empty. */
export interface AnswerFrames {
  begin(): string;
  /** A part of the answer; usage, finish and warnings show in the end only. */
  part(part: ReplyPart): string;
  /** The last frames of a complete answer, its success terminator included. */
  end(ending: AnswerEnding): string;
  /** The last frame of an answer that broke off: an error, and no success terminator. */
  fail(because: Fault): string;
}

/** An error as its dialect says it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: string;
}

export interface Dialect {
  /** As it is recorded, such as openai.chat. */
  readonly name: string;
  /** Reads a parsed body; a fault of kind `invalid` names the field in its details. */
  read(body: unknown): Result<ReadRequest>;
  error(fault: Fault): ErrorAnswer;
}
