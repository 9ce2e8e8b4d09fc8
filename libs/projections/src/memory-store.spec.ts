import { projectionStoreContract } from './contract.ts';
import { memoryProjectionStore } from './memory-store.ts';

projectionStoreContract('the store in memory', async () => {
  const store = memoryProjectionStore();
  return { store, close: () => store.close() };
});
