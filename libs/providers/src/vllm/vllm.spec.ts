import { describeConformance } from '../conformance/suite.ts';
import { vllmCodec as codec } from './index.ts';

describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'Qwen/Qwen3-8B' });
