// Messages that between them have every kind of field.
import { AdmitRequest, AdmitResponse, AttemptRequest, AttemptResponse, FaultKind } from '@waybill/contracts';

export const int64Max = 9_223_372_036_854_775_807n;

export function admitRequest(attemptId = 'call:1'): AdmitRequest {
  return AdmitRequest.fromPartial({
    callId: 'call',
    attemptId,
    attribution: { tenantId: 'acme', tags: ['a', 'b'] },
    options: [
      { modelId: 'fast', inputTokensBound: 4_294_967_295, holdPicoUsd: int64Max },
      { modelId: 'unpriced', holdPicoUsd: undefined },
    ],
    maxCostPicoUsd: -int64Max - 1n,
  });
}

export function admitResponse(): AdmitResponse {
  return AdmitResponse.fromPartial({
    decision: {
      $case: 'admission',
      value: { optionIndex: 1, notAfterMicros: 1_800_000_000_000_001n, reserved: ['a', 'b'] },
    },
  });
}

export function attemptRequest(imageBytes: Uint8Array = new Uint8Array([0, 1, 254, 255])): AttemptRequest {
  const image = {
    $case: 'image' as const,
    value: { source: { $case: 'content' as const, value: Buffer.from(imageBytes) } },
  };
  const text = { $case: 'text' as const, value: { text: 'Grüße, 世界 🌍' } };
  return AttemptRequest.fromPartial({
    attemptId: 'call:1',
    notAfterMicros: int64Max,
    call: {
      model: 'fast',
      task: {
        $case: 'chat',
        value: {
          messages: [{ role: 2, parts: [{ part: text }, { part: image, cacheBreakpoint: { timeToLive: '5m' } }] }],
          sampling: { temperature: 0.1, seed: -1n },
          parallelToolCalls: false,
          maxOutputTokens: 0,
        },
      },
    },
  });
}

export function attemptResult(): AttemptResponse {
  return AttemptResponse.fromPartial({
    update: {
      $case: 'result',
      value: {
        fault: {
          kind: FaultKind.UPSTREAM,
          message: 'cut',
          details: { provider_code: 'x', empty: '' },
          retryAfterMs: 0,
        },
        usage: { inputTokens: 7, uses: { web_search: 3 }, suspicions: ['negative_clamped'] },
        rawUsage: Buffer.from('{"input_tokens":7}'),
        mayHaveBilled: true,
        outputBytes: 18_446_744_073_709_551_615n,
      },
    },
  });
}

/** A part of a streamed answer, with as much text as asked for. */
export function textPart(text: string): AttemptResponse {
  return AttemptResponse.fromPartial({
    update: { $case: 'part', value: { part: { $case: 'text', value: { text } } } },
  });
}

export function textOf({ update }: AttemptResponse): string {
  const part = update?.$case === 'part' ? update.value.part : undefined;
  return part?.$case === 'text' ? part.value.text : '';
}
