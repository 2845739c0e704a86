/** The command line: options in, one line of error out, exit codes. */
@NullMarked
package kvlab.cli;

import org.jspecify.annotations.NullMarked;
