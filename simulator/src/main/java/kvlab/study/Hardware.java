package kvlab.study;

import kvlab.capacity.Gpu;
import kvlab.capacity.KvDtype;
import kvlab.capacity.Model;

/**
 * What serves: a model on GPUs.
 *
 * @param kvDtype element type of the KV cache
 * @param tensorParallel GPUs that share the model
 */
public record Hardware(Model model, Gpu gpu, KvDtype kvDtype, int tensorParallel) {
  /** KV bytes of one token on each GPU. */
  public long kvBytesPerToken() {
    return model.kvBytesPerToken(kvDtype, tensorParallel);
  }
}
