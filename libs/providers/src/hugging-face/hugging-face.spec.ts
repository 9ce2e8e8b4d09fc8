import { describeConformance } from '../conformance/suite.ts';
import { huggingFaceCodec as codec } from './index.ts';

describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'Qwen/Qwen3-32B' });
