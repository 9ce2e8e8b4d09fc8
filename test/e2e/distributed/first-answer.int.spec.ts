import { describe, test } from '@jest/globals';
import { hasMongo } from '../../infra/mongodb.ts';
import { hasNats } from '../../infra/nats.ts';
import { callsSuite } from '../calls/calls-suite.ts';
import { startDistributedWorld } from './world.ts';

const name = 'a gateway whose services are six processes';

if (hasNats && hasMongo) callsSuite(name, () => startDistributedWorld());
else describe.skip(name, () => test('needs a NATS and a MongoDB', () => undefined));
