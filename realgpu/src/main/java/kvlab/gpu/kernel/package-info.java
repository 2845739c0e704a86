/** The kernels as Java sees them: which there are, their parameters, their launches. */
@NullMarked
package kvlab.gpu.kernel;

import org.jspecify.annotations.NullMarked;
