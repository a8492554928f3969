# The module as a file: what it shows to others, and how large it is.

use strict;
use warnings;
use lib 't/lib';

use File::Temp;
use Test::More;

use OAuth::Test::Nginx;

# Bytes, without what debuggers want.  The benchmark wants it below 200 kB on
# Debian 12; compilers differ by some kB.
use constant MOST => 230 * 1024;

my $module = OAuth::Test::Nginx::module();

plan skip_all => 'the module is built in' if !$module;

my @names = map { (split)[2] } `nm -D --defined-only '$module'`;

is(join(' ', sort @names), 'ngx_module_names ngx_module_order ngx_modules',
   'it has the names that nginx looks for, and no other');

my $file = File::Temp->new;

is(system('strip', '-o', $file->filename, $module), 0, 'it can be stripped');

my $size = -s $file->filename;

note "$size bytes";
cmp_ok($size, '<', MOST, 'and is not large then');

done_testing;
