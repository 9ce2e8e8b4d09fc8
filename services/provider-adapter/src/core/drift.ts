// Whether an answer came from the snapshot that its model is pinned to.
import type { Warning } from '@waybill/contracts';

/** An answer that came from another one. */
export interface Drift {
  readonly modelId: string;
  readonly providerId: string;
  readonly pinned: string;
  readonly reported: string;
}

/** Gemini puts this before names. An answer that names no model says nothing. */
const prefix = /^models\//;

export function hasDrifted(pinned: string, reported: string): boolean {
  return pinned !== '' && reported !== '' && reported.replace(prefix, '') !== pinned.replace(prefix, '');
}

export function warningOfDrift({ modelId, pinned, reported }: Drift): Warning {
  const message = `${modelId} is pinned to ${pinned}, and the answer came from ${reported}`;
  return { code: 'model_drift', subject: 'model', message };
}
