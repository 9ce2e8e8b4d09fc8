// Makes reply parts and warnings; the plain object literals keep the stream path cheap.
import {
  type EmbeddingVector,
  type Finish,
  FinishReason,
  type ReplyPart,
  type Usage,
  type Warning,
} from '@waybill/contracts';

const noBytes = Buffer.alloc(0);

export function startedPart(providerReplyId: string, reportedModel: string): ReplyPart {
  return { part: { $case: 'started', value: { providerReplyId, reportedModel } } };
}

export function textPart(text: string): ReplyPart {
  return { part: { $case: 'text', value: { text } } };
}

export function reasoningPart(text: string, signature = '', redacted = ''): ReplyPart {
  return { part: { $case: 'reasoning', value: { text, signature, redacted } } };
}

export function refusalPart(text: string): ReplyPart {
  return { part: { $case: 'refusal', value: { text } } };
}

export function toolCallPart(index: number, id: string, name: string, providerState: Buffer = noBytes): ReplyPart {
  return { part: { $case: 'toolCallStarted', value: { index, id, name, providerState } } };
}

export function argumentsPart(index: number, fragment: string): ReplyPart {
  return { part: { $case: 'toolCallArguments', value: { index, fragment } } };
}

export function embeddingPart(index: number, values: number[]): ReplyPart {
  const value: EmbeddingVector = { index, values };
  return { part: { $case: 'embedding', value } };
}

/** The usage and, when its figures are doubted, the warning that says why. */
export function usageParts(usage: Usage | undefined): ReplyPart[] {
  if (!usage) return [];
  const part: ReplyPart = { part: { $case: 'usage', value: usage } };
  if (usage.suspicions.length === 0) return [part];
  const doubt = warning(
    'suspect_usage',
    'usage',
    `the provider's figures are doubtful: ${usage.suspicions.join(', ')}`,
  );
  return [part, { part: { $case: 'warning', value: doubt } }];
}

/** What else is known of the end of an answer. */
export interface FinishFacts {
  readonly stopSequence?: string;
  readonly filterCategories?: readonly string[];
}

const mostCategories = 8;

export function finishPart(reason: FinishReason, rawReason: string, facts: FinishFacts = {}): ReplyPart {
  const { stopSequence = '', filterCategories = [] } = facts;
  const named = [...new Set(filterCategories)].slice(0, mostCategories).map((category) => category.slice(0, 100));
  const value: Finish = { reason, rawReason, stopSequence, filterCategories: named };
  return { part: { $case: 'finish', value } };
}

/** The canonical reason for a vendor's word; a word that is not in the table is a stop, its raw form says more. */
export function finishReasonFrom(table: Readonly<Record<string, FinishReason>>, rawReason: string): FinishReason {
  return Object.hasOwn(table, rawReason) ? table[rawReason]! : FinishReason.STOP;
}

export function warning(code: 'unsupported' | 'adjusted' | 'suspect_usage', subject: string, message: string): Warning {
  return { code, subject, message };
}

/** An id for a tool call where the wire has none: the same for the same attempt and index. */
export function toolCallIdOf(attemptId: string, index: number): string {
  return `${ownIdPrefix}${attemptId.replace(/[^a-zA-Z0-9]/g, '').slice(-24)}_${index}`;
}

const ownIdPrefix = 'wbtool_';

/** Whether the id was made by `toolCallIdOf`, so that the provider has never seen it. */
export function isOwnToolCallId(id: string): boolean {
  return id.startsWith(ownIdPrefix);
}
