import { describeConformance } from '../conformance/suite.ts';
import { ollamaCodec } from './index.ts';

describeConformance({ codec: ollamaCodec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'llama3' });
