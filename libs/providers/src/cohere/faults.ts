// What Cohere's errors call for: they have no codes, so the status decides.
import { type ConductName, conductOfStatus, type VendorError } from '../provider-fault.ts';
import { errorBody } from './wire.ts';

const conductByStatus: Readonly<Record<number, ConductName>> = {
  498: 'credential',
  501: 'noModel',
};

/** Reads an error body, or an error in a stream, which has no status. */
export function readError(body: unknown, status: number | undefined): VendorError {
  const httpStatus = status ?? 500;
  const conduct = conductByStatus[httpStatus] ?? conductOfStatus(httpStatus);
  return { conduct, status, text: errorBody.parse(body).message };
}
