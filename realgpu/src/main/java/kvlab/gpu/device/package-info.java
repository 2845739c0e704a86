/**
 * The CUDA driver: memory, streams, events, graphs, modules and launches, every call checked. The only
 * package that knows JCuda and JNA. Nothing here knows what a KV cache is.
 */
@NullMarked
package kvlab.gpu.device;

import org.jspecify.annotations.NullMarked;
