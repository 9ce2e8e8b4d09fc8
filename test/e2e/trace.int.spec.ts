import { traceSuite } from './trace-suite.ts';
import { startWorld } from './world.ts';

traceSuite('the trace of a call through one process', startWorld, { processes: 'one' });
