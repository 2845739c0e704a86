/** The {@code kvlab trace} commands: look at, convert, make and fetch request traces. */
@NullMarked
package kvlab.cli.trace;

import org.jspecify.annotations.NullMarked;
