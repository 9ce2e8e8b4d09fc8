import { type Finish, finishReasonToJSON, type Usage } from '@waybill/contracts';

/** In the words of the books, such as `stop`; empty when there is none. */
export function finishName(finish: Finish | undefined): string {
  return finish ? finishReasonToJSON(finish.reason).replace('FINISH_REASON_', '').toLowerCase() : '';
}

/** Reasoning included; undefined where no figures came. */
export function outputTokensOf(usage: Usage | undefined): number | undefined {
  return usage && usage.outputTokens + usage.reasoningTokens;
}
