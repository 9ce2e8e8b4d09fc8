// What Ollama's errors call for: they have no codes, so the status decides.
import { conductOfStatus, type VendorError } from '../provider-fault.ts';
import { errorBody } from './wire.ts';

/** Reads an error body, or the error line of a stream, which has no status. */
export function readError(body: unknown, status: number | undefined): VendorError {
  return { conduct: conductOfStatus(status ?? 500), status, text: errorBody.parse(body).error };
}
