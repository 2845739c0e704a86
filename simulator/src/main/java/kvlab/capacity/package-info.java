/**
 * What fits where: the catalogue of models and GPUs, and the equations that turn a model on a GPU
 * into bytes of weights, bytes of KV per token, and pages.
 *
 * <p>Memory is bytes, rates are per second. The equations hold for one GPU of a tensor-parallel
 * group.
 */
@NullMarked
package kvlab.capacity;

import org.jspecify.annotations.NullMarked;
