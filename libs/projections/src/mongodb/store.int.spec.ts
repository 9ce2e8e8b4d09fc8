import { afterAll, beforeAll, describe } from '@jest/globals';
import { hasMongo } from '../../../../test/infra/mongodb.ts';
import { projectionStoreContract } from '../contract.ts';
import { type MongoUnderTest, startMongoUnderTest } from './mongo.fixture.ts';
import { openMongoProjectionStore } from './store.ts';

(hasMongo ? describe : describe.skip)('on a real MongoDB', () => {
  let mongo: MongoUnderTest;
  beforeAll(async () => {
    mongo = await startMongoUnderTest();
  }, 60_000);
  afterAll(() => mongo?.stop());

  projectionStoreContract('the MongoDB store', async () => {
    const connection = await mongo.connect();
    const open = () => openMongoProjectionStore({ connection, database: 'orders' });
    let store = await open();
    return {
      store,
      async reopen() {
        await store.close();
        store = await open();
        return store;
      },
      async close() {
        await store.close();
        await connection.close();
      },
    };
  });
});
