import { describe, test } from '@jest/globals';
import { hasMongo } from '../../infra/mongodb.ts';
import { hasNats } from '../../infra/nats.ts';
import { traceSuite } from '../trace-suite.ts';
import { startDistributedWorld } from './world.ts';

const name = 'the trace of a call through six processes';

if (hasNats && hasMongo) traceSuite(name, startDistributedWorld, { processes: 'one for each service' });
else describe.skip(name, () => test('needs a NATS and a MongoDB', () => undefined));
