# Read by scripts: leaves a tiny experiment of two cells, net.yaml, in the current folder, and its data in
# files/: twelve images of 2x3 as NumPy writes them, and their labels as IDX.
mkdir files
{
    printf '\223NUMPY\001\000\166\000'
    printf '%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': (12, 2, 3), }"
    for image in 1 2 3 4; do printf '\001\120\310\370\002\020\100\200\300\350\030\050\170\007\220\360\011\077'; done
} >files/x.npy
printf '\000\000\010\001\000\000\000\014\000\001\002\000\001\002\000\001\002\000\001\002' >files/y
cat >net.yaml <<END
name: faults
data: {train_images: files/x.npy, train_labels: files/y, test_images: files/x.npy, test_labels: files/y}
noise: {draw: epoch, scale: 0.1}
train: {epochs: 2, batch: 4}
models:
  net:
    layers: [flatten, {dense: {units: 8, activation: relu}}, batch_norm, {dropout: 0.1},
      {dense: {units: 3, activation: softmax}}]
    optimizer: {adam: {learning_rate: 0.003}}
sweep: {train.seed: [1, 2]}
END
