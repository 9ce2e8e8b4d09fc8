// The canonical answer, or a fault -> the plain JSON of /api/generate.
import type { CallSummary, Reply, Usage } from '@waybill/contracts';
import { type Fault, formatUsd } from '@waybill/kernel';
import { answerText } from '@waybill/providers';
import type { AnswerEnding, AnswerLabel, ErrorAnswer } from '../dialect.ts';
import { wordsOf } from '../faults.ts';
import { completionTokens, hasFigures, promptTokens } from '../token-totals.ts';
import { exactNumber } from '../waybill/answer.ts';
import { codeIn } from './code.ts';

export interface TaskAsked {
  /** As the caller named it. */
  readonly model: string;
  readonly language: string;
}

export function writeTask({ model, language }: TaskAsked) {
  return (reply: Reply, label: AnswerLabel, ending: AnswerEnding): string => {
    const text = answerText(reply);
    return JSON.stringify({
      success: true,
      ai_model: model,
      model_version: label.model,
      code: codeIn(text, language),
      text,
      metadata: writeMetadata(label, ending),
      errors: [],
    });
  };
}

function writeMetadata(label: AnswerLabel, { usage, summary, finish, warnings }: AnswerEnding): object {
  return {
    tokens_used: writeTokens(usage),
    cost: writeCost(summary),
    api_provider: label.providerId,
    timestamp: `${new Date(label.createdAtSeconds * 1_000).toISOString().slice(0, 19)}Z`,
    latency_ms: summary.elapsedMs,
    attempts: summary.attempts,
    call_id: label.callId,
    finish_reason: finish.rawReason,
    warnings,
  };
}

/** Null where the figures are unknown. */
function writeTokens(usage: Usage | undefined): object | null {
  return hasFigures(usage) ? { input: promptTokens(usage), output: completionTokens(usage) } : null;
}

function writeCost({ costPicoUsd }: CallSummary): unknown {
  return costPicoUsd === undefined ? null : exactNumber(formatUsd(costPicoUsd));
}

export function writeFailedTask(fault: Fault): ErrorAnswer {
  const { status, waybillType, retryable } = wordsOf(fault);
  const { kind, message, details } = fault;
  const error = { code: details.reason ?? kind, message, type: waybillType, retryable, details };
  const attempts = details.attempts === undefined ? 0 : Number(details.attempts);
  const nothing = { success: false, ai_model: details.model ?? null, model_version: null, code: null };
  return { status, body: JSON.stringify({ ...nothing, metadata: { attempts }, errors: [error] }) };
}
