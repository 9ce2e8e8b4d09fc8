import { callsSuite } from './calls/calls-suite.ts';
import { startWorld } from './world.ts';

callsSuite('a gateway with all its services in one process', () => startWorld());
