import { FaultError, fault } from '@waybill/kernel';

/** For keepers whose keys their owner rotates. */
export function renewedElsewhere(keeper: string, fix: string): () => Promise<never> {
  return async () => {
    throw new FaultError(
      fault('invalid', `${keeper} makes its keys itself: ${fix}, and run this again without a new key`),
    );
  };
}
