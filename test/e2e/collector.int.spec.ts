import { collectorSuite } from './collector-suite.ts';
import { startWorld } from './world.ts';

collectorSuite('one process', startWorld);
