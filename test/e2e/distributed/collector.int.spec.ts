import { describe, test } from '@jest/globals';
import { hasMongo } from '../../infra/mongodb.ts';
import { hasNats } from '../../infra/nats.ts';
import { collectorSuite } from '../collector-suite.ts';
import { startDistributedWorld } from './world.ts';

const name = 'six processes';

if (hasNats && hasMongo) collectorSuite(name, startDistributedWorld);
else describe.skip(name, () => test('needs a NATS and a MongoDB', () => undefined));
