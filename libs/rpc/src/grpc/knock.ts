import { type Client, type ServiceError, status } from '@grpc/grpc-js';
import { FaultError, fault } from '@waybill/kernel';
import { dialTimeoutMs } from '../connection.ts';
import { asBuffer } from './bytes.ts';

const healthCheckPath = '/grpc.health.v1.Health/Check';
const unreachedStatuses: readonly status[] = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED];

/**
 * Asks the server for its health: whatever it says, it is there. Throws `unavailable` with what stood in the way when
 * it does not answer in time.
 */
export function knock(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    const answered = (error: ServiceError | null) => {
      if (error === null || !unreachedStatuses.includes(error.code)) return resolve();
      reject(new FaultError(fault('unavailable', `the server cannot be reached: ${error.details}`, { cause: error })));
    };
    const deadline = Date.now() + dialTimeoutMs;
    client.makeUnaryRequest(healthCheckPath, asBuffer, asBuffer, new Uint8Array(), { deadline }, answered);
  });
}
