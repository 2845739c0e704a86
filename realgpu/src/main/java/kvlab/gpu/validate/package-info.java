/** What the simulator assumes and predicts, against a device: memory, kernels, steps, whole replays. */
@NullMarked
package kvlab.gpu.validate;

import org.jspecify.annotations.NullMarked;
