/** {@code kvlab validate gpu}. */
@NullMarked
package kvlab.gpu.cli;

import org.jspecify.annotations.NullMarked;
