/** Experiments: one configuration in, result files out; and the validations against recorded truth. */
@NullMarked
package kvlab.study;

import org.jspecify.annotations.NullMarked;
