"""Formats of training logs that people have posted, with numbers of our own: each must be read whole, by the right names.

The source is a thread, a script or a tool that prints this form. In every case the data term is 27.4, KL is 6.2 and the
loss, where it is there, 33.6, unless the case says otherwise.
"""
# ruff: noqa: E501 - lines are as long as what people print

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.parts.classroom import codes
from pages.parts.classroom import messages as class_messages
from pages.parts.loss import log_attached, log_lines, log_names, log_numbers, log_sets, log_tables, log_tokens, training_log
from pages.parts.loss.log_numbers import Comma, read_number
from pages.parts.loss.training_log import read_log
from pages.parts.presenting import set_list
from pages.parts.web import messages as web_messages

ALL = (27.4, 6.2, 33.6)
NO_LOSS = (27.4, 6.2, None)

FORMATS = {
    # PyTorch scripts
    "pytorch/examples, with both terms": ("Train Epoch: 3 [1280/60000 (2%)]\tLoss: 33.6\tBCE: 27.4\tKLD: 6.2", ALL),
    "pytorch/examples, a summary": ("====> Epoch: 3 Average loss: 33.6000 BCE: 27.4000 KLD: 6.2000", ALL),
    "a PyTorch script, averages": ("====> Epoch: 20 Av. loss: 33.6 Av. KLD: 6.2 Av. rec: 27.4", ALL),
    "a script with Reco and negH": ("====> Epoch: 3, Reco: 27.4, negH: 1.25, KLD: 6.2, Class: 0.1", NO_LOSS),
    "a tutorial's test line": ("Epoch 3, Test Recon Loss: 27.4, KL Loss: 6.2", NO_LOSS),
    "validation alone": ("Val Recon Loss: 27.4, Val KL Loss: 6.2, Val Accuracy: 0.9", NO_LOSS),
    "logging of running averages": (
        "epoch:4 batch:120 running avg losses: recon loss: 27.4 kld loss: 6.2 total loss: 33.6", ALL),
    "a warm-up loop with \\r": ("    Iter 10/200, loss: 33.6, main loss: 33.6, recon loss: 27.4, reg loss: 6.2\r", ALL),
    "flax/examples/vae": ("eval epoch: 3, loss: 33.6, BCE: 27.4, KLD: 6.2", ALL),
    "musyoku's scripts": ("Iteration 3: loss: nll_per_pixel: 0.03 mse: 27.4 kld: 6.2 - lr: 1.0000e-04 - sigma_t: 0.7", NO_LOSS),
    "cryodrgn#18": (
        "(INFO) (train_vae.py) (13-Dec-24 23:10:30) # [Train Epoch: 18/50] [140000/2830676 particles] "
        "gen loss=27.4, kld=6.2, beta=0.125, loss=27.400031", (27.4, 6.2, 27.400031)),
    "AntixK/PyTorch-VAE dictionary": (
        "{'loss': tensor(33.6, grad_fn=<AddBackward0>), 'Reconstruction_Loss': tensor(27.4), 'KLD': tensor(6.2)}", ALL),
    "tensors on a GPU (PyTorch forum)": (
        "recon tensor(27.4, device='cuda:0', grad_fn=<DivBackward0>) kl tensor(6.2, device='cuda:0')", NO_LOSS),
    "AverageMeter, pytorch/examples imagenet": ("Loss 33.6 (34.1)\tRecon 27.4 (28.0)\tKL 6.2 (6.1)\tTime 0.31 (0.29)", ALL),
    "1Konny/Beta-VAE": ("[200] recon_loss:27.400 total_kld:6.200 mean_kld:0.620", (27.4, 6.2, None)),
    "loguru": ("2024-01-02 12:30:01.123 | INFO     | __main__:train:57 - recon=27.4 kl=6.2 loss=33.6", ALL),
    "logging with milliseconds after a comma": ("2024-01-02 12:30:01,123 - INFO - recon: 27.4, kl: 6.2", NO_LOSS),
    "a sentence": ("After epoch 3 the reconstruction loss is 27.4 and the KL divergence is 6.2.", NO_LOSS),
    "names with units": ("Reconstruction (nats): 27.4 | KL divergence (nats): 6.2", NO_LOSS),
    "with units behind": ("recon 27.4 nats, kl 6.2 nats", NO_LOSS),
    "plus-minus": ("recon 27.4 ± 0.3, kl 6.2 ± 0.1", NO_LOSS),
    "an arrow": ("epoch 3 -> recon: 27.4 -> kl: 6.2", NO_LOSS),
    "ANSI colours": ("\x1b[1;32mrecon\x1b[0m: \x1b[33m27.4\x1b[0m \x1b[1;31mkl\x1b[0m: \x1b[33m6.2\x1b[0m", NO_LOSS),
    # Keras
    "GDL_code#14": (
        "48000/48000 [====] - 17s 364us/sample - loss: 33.6000 - vae_r_loss: 27.4000 - vae_kl_loss: 6.2000 - val_loss: 53.5210 "
        "- val_vae_r_loss: 49.5327 - val_vae_kl_loss: 3.9883", ALL),
    "GDL_code#14, underway": ("47840/48000 [===>.] - ETA: 0s - loss: 33.6 - vae_r_loss: 27.4 - vae_kl_loss: 6.2", ALL),
    "keras.io VAE": ("469/469 - 8s 16ms/step - kl_loss: 6.2 - loss: 33.6 - reconstruction_loss: 27.4", ALL),
    "Keras 3": ("\x1b[1m469/469\x1b[0m \x1b[32m━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m8s\x1b[0m 17ms/step - kl_loss: 6.2000 - "
                "reconstruction_loss: 27.4000 - total_loss: 33.6000", ALL),
    "WorldModels#12": ("loss: 33.6 - vae_r_loss: 27.4 - vae_kl_loss: 6.2 - val_loss: 0.1378 - val_vae_r_loss: 0.1378 - "
                       "val_vae_kl_loss: 2.3842e-07", ALL),
    "Keras History.history": ("{'loss': 33.6, 'reconstruction_loss': 27.4, 'kl_loss': 6.2, 'val_loss': 35.0}", ALL),
    "Keras CSVLogger": ("epoch,kl_loss,loss,reconstruction_loss\n0,6.2,33.6,27.4", ALL),
    "tf.Tensor": ("recon: <tf.Tensor: shape=(), dtype=float32, numpy=27.4>, kl: <tf.Tensor: shape=(), dtype=float32, numpy=6.2>", NO_LOSS),
    "tf.print": ("step 300 recon = tf.Tensor(27.4, shape=(), dtype=float32) kl = tf.Tensor(6.2, shape=(), dtype=float32)", NO_LOSS),
    "tensorflow.org/tutorials/generative/cvae": ("Epoch: 3, neg ELBO: 33.6, recon: 27.4, kl: 6.2, time elapse: 4.1", ALL),
    # Lightning
    "Lightning bar": ("Epoch 3: 100%|██████| 469/469 [00:12<00:00, 38.1it/s, v_num=5, recon_loss=27.40, kl_loss=6.200, loss=33.60]", ALL),
    "Lightning bar, step and epoch": (
        "Epoch 3: 100%|███| 469/469 [00:12<00:00, 38.1it/s, recon_step=27.40, kl_step=6.200]", NO_LOSS),
    "lightning#11139 test table": ("Test metric   DataLoader 0\n-----------\n test_kl   6.2\n test_recon   27.4", NO_LOSS),
    "lightning rich table": (
        "┏━━━━━━┳━━━━━━┓\n┃ Test metric ┃ DataLoader 0 ┃\n┡━━━━━━╇━━━━━━┩\n│ test_kl │ 6.199999809265137 │\n│ test_recon │ 27.4 │\n└───┴───┘",
        (27.4, 6.199999809265137, None)),
    "Lightning CSVLogger": ("epoch,kl_loss,recon_loss,step\n3,6.2,27.4,1499", NO_LOSS),
    "Lightning validation bar": ("Validation DataLoader 0: 100%|###| 40/40 [00:00<00:00, recon=27.4, kl=6.2]", NO_LOSS),
    # Trackers
    "wandb#5349 chart export": (
        '"Step","brisk-dawn-7 - recon_loss","brisk-dawn-7 - recon_loss__MIN","brisk-dawn-7 - recon_loss__MAX","brisk-dawn-7 - '
        'kl_loss"\n"0","27.4","27.4","27.4","6.2"', NO_LOSS),
    "wandb export of two runs": (
        '"Step","calm-sea-1 - recon","calm-sea-1 - kl","wild-oak-12 - recon","wild-oak-12 - kl"\n"5","27.4","6.2","90","1"', NO_LOSS),
    "wandb summary": ("wandb: Run summary:\nwandb:      kl_loss 6.2\nwandb:  recon_loss 27.4\nwandb:  total_loss 33.6", ALL),
    "TensorBoard, tags in rows": ("wall_time,step,tag,value\n1700000000.1,5,loss/recon,27.4\n1700000000.1,5,loss/kl,6.2", NO_LOSS),
    "MLflow metrics": ("key,value,step\ntrain_recon,27.4,5\ntrain_kl,6.2,5", NO_LOSS),
    "JSON lines": ('{"step": 5, "train/recon_loss": 27.4, "train/kl_loss": 6.2, "val/recon_loss": 30, "val/kl_loss": 7}', NO_LOSS),
    "nested JSON": ('{"epoch": 3, "train": {"recon": 27.4, "kl": 6.2}}', NO_LOSS),
    "JSON with texts": ('{"recon": "27.4", "kl": "6.2"}', NO_LOSS),
    "Hugging Face Trainer": ("{'loss': 33.6, 'recon_loss': 27.4, 'kl_loss': 6.2, 'learning_rate': 4.9e-05, 'epoch': 0.03}", ALL),
    "fairseq": ("2024-01-02 | INFO | train_inner | epoch 003: 120 / 500 loss=33.6, recon_loss=27.4, kl_loss=6.2, ppl=9.1, wps=10453", ALL),
    "texar#259": ("train: epoch 9, step 600, nll 33.6, klw: 1.0000, KL 6.2,  rc 27.4, ppl 9", ALL),
    "pythae": ("Training of epoch 3/10:  100%|██| 469/469 [epoch=3/10, loss=33.6, recon_loss=27.4, reg_loss=6.2]", ALL),
    "scvi-tools history": ("epoch,elbo_train,reconstruction_loss_train,kl_local_train,kl_global_train\n3,33.6,27.4,6.2,0", ALL),
    "scvi-tools bar": ("Epoch 3/400:   1%| | 3/400 [00:08, train_loss_step=33.6, reconstruction_loss=27.4, kl_local=6.2]", ALL),
    "tqdm postfix": (" 12%|█▏        | 56/469 [00:03<00:24, 16.7it/s, kl=6.2, mse=27.4]", NO_LOSS),
    "numpy 2 scalars (numpy NEP 51)": ("{'recon': np.float64(27.4), 'kl': np.float32(6.2)}", NO_LOSS),
    "jax arrays": ("recon: Array(27.4, dtype=float32), kl: Array(6.2, dtype=float32)", NO_LOSS),
    "a log-likelihood and the ELBO": ("elbo: -33.6, log_likelihood: -27.4, kl: 6.2", ALL),
    # Tables and locales
    "a markdown table": ("| epoch | recon | kl |\n|---|---|---|\n| 3 | 27.4 | 6.2 |", NO_LOSS),
    "columns of fairseq-like bars": ("epoch 3 | recon 27.4 | kl 6.2 | loss 33.6", ALL),
    "German locale": ("Epoche 3: recon 27,4 kl 6,2", NO_LOSS),
    "German CSV (Excel)": ("epoch;recon;kl;loss\n3;27,4;6,2;33,6", ALL),
    "tabs with decimal commas": ("epoch\trecon\tkl\n3\t27,4\t6,2", NO_LOSS),
    "exponents": ("recon 2.74e+01 kl 6.2E0 loss 3.36e1", ALL),
    "Unicode minus": ("elbo −33.6 recon 27.4 kl 6.2", ALL),
    "two columns": ("27.4 6.2", NO_LOSS),
    "two columns, decimal commas": ("recon 30,5 kl 4,25\n27,4 6,2", NO_LOSS),
    "camel case": ("reconLoss: 27.4 klLoss: 6.2 totalLoss: 33.6", ALL),
    "one metric a line": ("epoch: 3\nrecon: 27.4\nkl: 6.2\nloss: 33.6", ALL),
    "weighted, with its weight": ("total 28.64 recon 27.4 kl 6.2 kl_weight 0.2", (27.4, 6.2, 28.64)),
    "a better name that does not add up": ("recon 0.035 nll 27.4 kl 6.2 loss 33.6", ALL),
    "KL per latent before KL": ("kl 0.31 kld 6.2 recon 27.4 loss 33.6", ALL),
    "loss is the data term": ("loss: 27.4 kl: 6.2 total: 33.6", ALL),
    # Printed objects
    "pandas.DataFrame": ("   epoch  recon_loss  kl_loss  loss\n0      0        30.1      5.9  36.0\n1      1        27.4      6.2  33.6", ALL),
    "pandas.DataFrame without an index": ("kl  recon\n5.9  30.1\n6.2  27.4", NO_LOSS),
    "pandas.Series": ("recon    27.4\nkl        6.2\ndtype: float64", NO_LOSS),
    "Keras History.history of two epochs": ("{'loss': [36.0, 33.6], 'reconstruction_loss': [30.1, 27.4], 'kl_loss': [5.9, 6.2]}", ALL),
    "collections.OrderedDict": ("OrderedDict([('recon', 27.4), ('kl', tensor(6.2))])", NO_LOSS),
    "a dataclass": ("Losses(recon=27.4, kl=6.2, total=33.6)", ALL),
    "print(recon, kl) of two tensors": (
        "tensor(27.4000, device='cuda:0', grad_fn=<MulBackward0>) tensor(6.2000, device='cuda:0')", NO_LOSS),
    "a tuple": ("(27.4, 6.2)", NO_LOSS),
    "tensors of one element": ("recon: [[27.4]] kl: [[6.2]]", NO_LOSS),
    "PaddlePaddle": ("epoch: 3, step: 100, recon_loss: [27.4], kl_loss: [6.2]", NO_LOSS),
    "decimal.Decimal": ("{'recon': Decimal('27.4'), 'kl': Decimal('6.2')}", NO_LOSS),
    "MLflow get_metric_history, as JSON": (
        '[{"key": "train_recon", "value": 27.4, "step": 5}, {"key": "train_kl", "value": 6.2, "step": 5}]', NO_LOSS),
    "JSON lines of one metric each": ('{"name": "recon", "value": 27.4}\n{"name": "kl", "value": 6.2}', NO_LOSS),
    "ClearML scalars": ("series,iteration,value\nrecon,1,27.4\nkl,1,6.2", NO_LOSS),
    "wandb export of a group": ('"Step","Group: a 1 - recon_loss","Group: a 1 - kl_loss"\n"0","27.4","6.2"', NO_LOSS),
    "Stable-Baselines3 logger": ("| train/         |      |\n|    kl_loss     | 6.2  |\n|    recon_loss  | 27.4 |", NO_LOSS),
    "tabulate": ("+-------+-------+-----+\n| epoch | recon | kl  |\n+=======+=======+=====+\n| 3     | 27.4  | 6.2 |", NO_LOSS),
    "Chainer PrintReport": ("epoch       main/loss   main/rec_loss  main/kl\n1           33.6        27.4           6.2", ALL),
    "Julia @info": ("┌ Info: epoch 3\n│   recon = 27.4\n└   kl = 6.2", NO_LOSS),
    "ignite": ("Epoch 3: recon -> 27.4 kl -> 6.2", NO_LOSS),
    "mmengine": ("Epoch(train) [3][100/469]  lr: 1.0e-03  eta: 0:01:02  memory: 1024  loss: 33.6  loss_recon: 27.4  loss_kl: 6.2", ALL),
    "catalyst": ("3/10 * Epoch (train): kld: 6.2000 | loss: 33.6 | recon: 27.4", ALL),
    # Signs, formulas and sums
    "CompVis/latent-diffusion": (
        "{'train/total_loss': 33.6, 'train/logvar': 0.0, 'train/kl_loss': 6.2, 'train/nll_loss': 27.4, 'train/rec_loss': 0.035}", ALL),
    "jmtomczak/vae_vampprior": ("* Train loss: 33.6   (RE: 27.4, KL: 6.2)", ALL),
    "timbmg/Sentence-VAE": ("TRAIN Batch 0100/500, Loss 33.6, NLL-Loss 27.4, KL-Loss 6.2, KL-Weight 1.000", ALL),
    "jxhe/vae-lagging-encoder": ("TEST --- avg_loss: 33.6, kl: 6.2, mi: 2.1, recon: 27.4, nll: 33.6, ppl: 4.1", ALL),
    "1Konny/FactorVAE": ("[100] vae_recon_loss:27.400 vae_kld:6.200 vae_tc_loss:0.100 D_tc_loss:0.690", NO_LOSS),
    "openai/vdvae": ("{'elbo': 33.6, 'distortion': 27.4, 'rate': 6.2, 'elbo_filtered': 33.6}", ALL),
    "an ELBO of both terms": ("ELBO: -33.6 (recon: -27.4, KL: 6.2)", ALL),
    "the formula of the ELBO": ("E[log p(x|z)] = -27.4, KL(q(z|x) || p(z)) = 6.2", NO_LOSS),
    "the formula of the loss": ("-log p(x|z): 27.4 | KL(q||p): 6.2", NO_LOSS),
    "the sum written out": ("loss 33.6 = 27.4 (recon) + 6.2 (kl)", ALL),
    "symbols of papers": ("ep 3 it 100 L=33.6 Lrec=27.4 Lkl=6.2", NO_LOSS),
    "KL before and after its weight": ("recon: 27.4 weighted_kl: 3.1 kl: 6.2", NO_LOSS),
    "KL of two groups of latents": ("recon: 27.4 kl_z1: 3.1 kl_z2: 3.1 loss: 33.6", ALL),
    "scvi-tools with a library size": ("reconstruction_loss: 27.4, kl_local: 5.2, kl_global: 1.0, elbo: 33.6", ALL),
    "two errors, of which one is the loss": ("bce 27.4 mse 0.03 kl 6.2 loss 33.6", ALL),
    "an epoch behind the other": ("epoch 1 recon 30 kl 5 | epoch 2 recon 27.4 kl 6.2", NO_LOSS),
    "names in brackets": ("recon loss [train]: 27.4, kl loss [train]: 6.2", NO_LOSS),
    "numbered names": ("recon1: 27.4 kl1: 6.2", NO_LOSS),
    "words written together": ("reconstructionloss: 27.4 klloss: 6.2", NO_LOSS),
    "German words": ("Rekonstruktion: 27,4 KL-Divergenz: 6,2", NO_LOSS),
    "full-width punctuation": ("recon：27.4，kl：6.2", NO_LOSS),
    "hyphens that do not break": ("recon‑loss: 27.4 kl‑loss: 6.2", NO_LOSS),
    "KL of each latent, then all of it": (
        "recon 27.4 " + " ".join(f"kl_{i} 0.{i + 1}" for i in range(20)) + " kl 6.2", NO_LOSS),
    "KL of each latent, in capitals, before all of it": ("KL_z1: 1.2 KL_z2: 5.0 KL: 6.2 recon: 27.4", NO_LOSS),
    "Hugging Face trainer_state.json, printed in one line": (
        '{"best_metric": null, "log_history": [{"epoch": 1.0, "recon_loss": 30.1, "kl_loss": 5.0, "loss": 35.1}, '
        '{"epoch": 1.0, "eval_loss": 36.0, "eval_runtime": 3.1}, '
        '{"epoch": 2.0, "recon_loss": 27.4, "kl_loss": 6.2, "loss": 33.6}], "is_world_process_zero": true}', ALL),
    "a list of dictionaries of Python": ("[{'recon': 30.1, 'kl': 5.0}, {'recon': 27.4, 'kl': 6.2}]", NO_LOSS),
    # Negated terms, weights, free bits, sets and signs
    "an ELBO with −KL": ("elbo=-33.6 recon=-27.4 -kl=-6.2", ALL),
    "an ELBO that adds −KL": ("ELBO: -33.6, E[log p(x|z)]: -27.4, -KL: -6.2", ALL),
    "a table with neg_kl": ("epoch,elbo,log_lik,neg_kl\n3,-33.6,-27.4,-6.2", ALL),
    "neg_kl alone": ("recon 27.4 neg_kl -6.2", NO_LOSS),
    "free bits, before and after": ("recon 27.4 kl_clamped 8.0 kl 6.2 loss 35.4", (27.4, 6.2, 35.4)),
    "annealed KL before KL": ("recon: 27.4 annealed_kl: 0.62 kl: 6.2", NO_LOSS),
    "a weight that is called kl_w": ("recon 27.4 kl_w 0.1 kl 6.2 loss 28.02", (27.4, 6.2, 28.02)),
    "the weight of KL printed with it": ("epoch 3 beta 0.10 recon 27.4 kl 6.2 loss 28.02", (27.4, 6.2, 28.02)),
    "test, then training": ("Test recon 30.0 kl 7.0 | Train recon 27.4 kl 6.2", NO_LOSS),
    "training, then test": ("Train recon 27.4 kl 6.2 | Test recon 30.0 kl 7.0", NO_LOSS),
    "bare names, then those of the test set": ("recon 27.4 kl 6.2 loss 33.6 | Test recon 20.0 kl 7.0 loss 27.0", ALL),
    "a line as long as is read": ("recon 27.4 kl 6.2".ljust(999) + ".", NO_LOSS),
    "three digits after a comma, between semicolons": ("epoch;recon;kl\n1;27,400;6,200", NO_LOSS),
    "per pixel beside the sum": ("epoch 3 recon/pixel 0.035 kl 6.2 recon 27.4 loss 33.6", ALL),
    "a change beside the value": ("Δrecon -0.3 recon 27.4 kl 6.2", NO_LOSS),
    "an nll that is not the total": (
        "train/nll_loss=30.1, train/kl_loss=6.2, train/rec_loss=27.4, train/g_loss=-0.3, train/total_loss=30.2", (27.4, 6.2, 30.2)),
    "Keras, verbose 2": ("469/469 - 8s - loss: 33.6 - recon: 27.4 - kl: 6.2 - val_loss: 36.1 - val_recon: 29.5 - val_kl: 6.6 - 17ms/step", ALL),
    "absl with optax": ("I0102 12:30:01.123456 140 train.py:88] [1000] train_loss=33.600, recon=27.400, kl=6.200", ALL),
    "two bars after a carriage return": (
        "Epoch 1:  50%|█ | 1/2 [00:01, loss=36, recon=30.1, kl=5.9]\rEpoch 1: 100%|██| 2/2 [00:02, loss=33.6, recon=27.4, kl=6.2]", ALL),
    "French": ("Époque 3 : perte de reconstruction = 27,4 ; divergence KL = 6,2", NO_LOSS),
    "mean and deviation": ("epoch,recon_mean,recon_std,kl_mean,kl_std\n3,27.4,2.1,6.2,0.4", NO_LOSS),
    "logfmt": ('level=info msg="train" recon=27.4 kl=6.2 loss=33.6', ALL),
    "an importance-weighted bound beside the ELBO": ("iwae -33.1 elbo -33.6 recon -27.4 kl 6.2", ALL),
    # An index or a set beside the name, likelihoods above zero, numbers that are alike
    "print(f'Recon Train Loss {epoch}: {recon}')": ("Total Train Loss 3: 33.6\nRecon Train Loss 3: 27.4\nKLD Train Loss 3: 6.2", ALL),
    "KL of numbered groups": ("recon: 27.4, KL 0: 1.2, KL 1: 5.0, loss: 33.6", ALL),
    "sets before a colon": ("Test: recon 30.0 kl 7.0 | Train: recon 27.4 kl 6.2", NO_LOSS),
    "sets between bars": ("Val | recon 30.0 | kl 7.0 || Train | recon 27.4 | kl 6.2", NO_LOSS),
    "sets in brackets": ("recon (val) 30.0 recon (train) 27.4 kl (val) 7.0 kl (train) 6.2", NO_LOSS),
    "Lightning bar, both step and epoch": ("Epoch 3: 100%|██| 9/9 [00:12<00:00, kl_step=6.9, kl_epoch=6.2, recon_epoch=27.4, recon_step=29.1]", NO_LOSS),
    "openai/vdvae with Gaussian pixels": ("Epoch 40 ELBO: 1168.5 log p(x|z): 1200.0 KL: 31.5", (-1200.0, 31.5, -1168.5)),
    "a density just above one": ("elbo -21.0 ll 10.5 kl 31.5", (-10.5, 31.5, 21.0)),
    "a likelihood that is printed as a loss": ("log_likelihood 27.4 kl 6.2 loss 33.6", ALL),
    "an ELBO beside a negative log-likelihood": ("elbo 1168.5 recon -1200.0 kl 31.5", (-1200.0, 31.5, -1168.5)),
    "no KL, and an ELBO of either sign": ("elbo 27.4 recon 27.4 kl 0.0", (27.4, 0.0, 27.4)),
    "KL before its weight is called raw": ("recon 27.4 kl 0.62 kl_raw 6.2 loss 28.02", (27.4, 6.2, 28.02)),
    "kl_loss after the weight that is printed": ("recon 27.4 kl_loss 3.1 kl 6.2 beta 0.5 loss 30.5", (27.4, 6.2, 30.5)),
    "weight decay": ("nll 27.4 kl 6.2 l2 0.013", NO_LOSS),
    "weight decay by its long name": ("nll: 27.4, kl: 6.2, l2_reg: 0.013", NO_LOSS),
    "a classifier's recall": ("nll 27.4 kl 6.2 prec 0.88 rec 0.91", NO_LOSS),
    "fastai": ("epoch     train_loss  recon     kl        time    \n0         33.6        27.4      6.2       00:12", ALL),
    "names of two words above aligned columns": ("Epoch   Train Loss   Recon Loss   KL Loss\n3       33.6         27.4         6.2", ALL),
    "columns without a name for the index": ("Recon Loss   KL\n1   27.4   6.2", NO_LOSS),
    "wandb, a run name with a weight in it": ('"Step","beta-vae - mnist - recon","beta-vae - mnist - kl"\n1,27.4,6.2', NO_LOSS),
    "Keras in a notebook, with backspaces": ("1/2 [==>.] - loss: 36.0 - recon: 30.1 - kl: 5.9" + "\b" * 60 + "2/2 [===] - loss: 33.6 - recon: 27.4 - kl: 6.2", ALL),
    "MXNet's Speedometer": ("Epoch[3] Batch [100] Speed: 1234.56 samples/sec recon=27.4 kl=6.2", NO_LOSS),
    "a nested dictionary of Python": ("{'losses': {'recon': {'mse': 27.4}, 'kl': {'z': 6.2}}}", NO_LOSS),
    "the epoch between the name and the colon, in words": ("recon loss at epoch 3: 27.4\nkl loss at epoch 3: 6.2", NO_LOSS),
    "an ISO time": ("2024-01-02T12:30:01Z recon=27.4 kl=6.2", NO_LOSS),
    "gnuplot's comment above the columns": ("# epoch recon kl\n3 27.4 6.2", NO_LOSS),
    "wandb's history, a metric an object": ('{"_step":5,"recon":27.4}\n{"_step":5,"kl":6.2}', NO_LOSS),
    "both added up in a name": ("recon+kl: 33.6 recon: 27.4 kl: 6.2", NO_LOSS),
    # More tools, locales and wrappings
    "more: PPO + vae kl": ("recon_loss: 27.4 vae_kl: 6.2 policy_loss: -0.01 approx_kl: 0.013", NO_LOSS),
    "more: dreamer": ("model_loss 33.6 kl_loss 6.2 image_loss 27.4 reward_loss 0.1 actor_loss -3 value_loss 4", ALL),
    "more: gan real with recon": ("loss_G 1.3 loss_D 0.7 recon 27.4 kl 6.2", NO_LOSS),
    "more: VAE-GAN D_KL": ("D_KL: 6.2 recon: 27.4", NO_LOSS),
    "more: nanoGPT-like": ("iter 300: loss 33.6000, recon 27.4000, kl 6.2000, time 12.31ms, mfu 3.2%", ALL),
    "more: nanoGPT step": ("step 500: train loss 33.6, val loss 35.1, recon 27.4, kl 6.2", ALL),
    "more: timm": ("Train: 3 [ 400/1251 ( 32%)]  Loss: 33.6 (34.2)  Recon: 27.4 (28.0)  KL: 6.2 (6.2)  Time: 0.412s, 621.3/s  LR: 1.0e-03", ALL),
    "more: detectron2": ("[11/28 12:00:01 d2.utils.events]:  eta: 1:02:03  iter: 299  total_loss: 33.6  loss_recon: 27.4  loss_kl: 6.2  time: 0.41  data_time: 0.01  lr: 0.001  max_mem: 2034M", ALL),
    "more: mmengine": ("11/28 12:00:01 - mmengine - INFO - Epoch(train) [3][100/469]  lr: 1.0000e-03  eta: 0:10:02  time: 0.0412  data_time: 0.0012  memory: 812  loss: 33.6000  loss_recon: 27.4000  loss_kl: 6.2000", ALL),
    "more: Lightning v_num": ("Epoch 3:  42%|████▏     | 197/469 [00:05<00:07, 36.42it/s, v_num=12, train/recon=27.40, train/kl=6.200]", NO_LOSS),
    "more: HF trainer strings": ("{'loss': '33.6', 'recon_loss': '27.4', 'kl_loss': '6.2', 'epoch': '0.12'}", ALL),
    "more: fastai": ("epoch     train_loss  valid_loss  recon     kld       time    \n0         33.6        35.0        27.4      6.2       00:12     ", ALL),
    "more: keras3": ("1875/1875 ━━━━━━━━━━━━━━━━━━━━ 4s 2ms/step - kl_loss: 6.2000 - loss: 33.6000 - reconstruction_loss: 27.4000", ALL),
    "more: TFP": ("Step 300 ELBO: -33.6 E[log p(x|z)]: -27.4 KL: 6.2", ALL),
    "more: TFP 2": ("Iteration 300: loss=33.600, neg_log_likelihood=27.4, kl=6.2", ALL),
    "more: Pyro SVI terms": ("[epoch 003] avg loss: 33.6 | log_likelihood: -27.4 | kl: 6.2", ALL),
    "more: Flax": ("train epoch: 3, step: 300, loss: 33.6, recon: 27.4, kld: 6.2, steps/sec 41.2", ALL),
    "more: Flax metrics array": ("metrics {'kl': Array(6.2, dtype=float32), 'recon': Array(27.4, dtype=float32)}", NO_LOSS),
    "more: scvi history": (",elbo_train,reconstruction_loss_train,kl_local_train,kl_global_train\n0,33.6,27.4,6.2,0.0", ALL),
    "more: SD VAE compvis": ("{\"train/total_loss\": 27.4062, \"train/logvar\": 0.0, \"train/kl_loss\": 6200.0, \"train/nll_loss\": 27.4, \"train/rec_loss\": 27.4, \"train/d_weight\": 0.0, \"train/disc_factor\": 0.0, \"train/g_loss\": 0.3}", (27.4, 6200.0, 27.4062)),
    "more: diffusers vae": ("Steps: 3%|▎ | 30/1000 [00:10<05:00, loss=0.0334, mse=0.0274, lpips=0.006, kl=6200]", (0.0274, 6200.0, 0.0334)),
    "more: disentangling-vae csv": ("Epoch,Loss,Value\n0,recon_loss,27.4\n0,kl_loss,6.2\n0,kl_loss_0,3.1\n0,kl_loss_1,3.1\n0,loss,33.6", ALL),
    "more: VampPrior": ("Epoch: 3/100, Time elapsed: 12.10s\n* Train loss: 33.60   (RE: -27.40, KL: 6.20)\no Val.  loss: 35.00   (RE: -28.40, KL: 6.60)\n--> Early stopping: 0/50 (BEST: 35.00)", ALL),
    "more: ladder per layer": ("recon 27.4 kl 6.2 kl_1 2.0 kl_2 4.2", NO_LOSS),
    "more: NVAE": ("train 300 33.600000, recon 27.4, kl 6.2, bpd 2.91", NO_LOSS),
    "more: VDVAE": ("model: vdvae, type: train_loss, step: 300, elbo: 3.6, elbo_filtered: 3.6, rate: 0.62, distortion: 2.98", (2.98, 0.62, 3.6)),
    "more: MusicVAE": ("global_step = 300, losses/kl_bits = 8.9, losses/kl_loss = 6.2, losses/r_loss = 27.4, loss = 33.6", ALL),
    "more: IWAE": ("epoch 3 iwae_elbo -32.1 recon 27.4 kl 6.2", NO_LOSS),
    "more: W&B summary": ("wandb: Run summary:\nwandb:     epoch 3\nwandb:   kl_loss 6.2\nwandb:      loss 33.6\nwandb: rec_loss 27.4", ALL),
    "more: MLflow csv": ("step,timestamp,train_kl,train_recon\n3,1700000000123,6.2,27.4", NO_LOSS),
    "more: German": ("Epoche 3: Rekonstruktion 27,4 KL 6,2 Verlust 33,6", NO_LOSS),
    "more: French": ("Époque 3 : perte de reconstruction = 27,40 ; divergence KL = 6,20", NO_LOSS),
    "more: Spanish": ("Época 3, pérdida de reconstrucción: 27,4, KL: 6,2", NO_LOSS),
    "more: Swiss thousands": ("recon 1'027.4 kl 6.2", (1027.4, 6.2, None)),
    "more: tilde": ("recon ~27.4 kl ~6.2", NO_LOSS),
    "more: brackets ci": ("recon 27.4 [27.1, 27.7] kl 6.2 [6.1, 6.3]", NO_LOSS),
    "more: neg kl": ("recon: 27.4 -KL: -6.2", NO_LOSS),
    "more: ema": ("recon 27.4 (ema 28.0) kl 6.2 (ema 6.1)", NO_LOSS),
    "more: JSON nested": ("{\"epoch\": 3, \"losses\": {\"recon\": {\"mean\": 27.4, \"std\": 0.2}, \"kl\": {\"mean\": 6.2, \"std\": 0.1}}}", NO_LOSS),
    "more: JSON nested min": ("{\"recon\": {\"min\": 20.0, \"mean\": 27.4}, \"kl\": {\"min\": 5.0, \"mean\": 6.2}}", NO_LOSS),
    "more: namedtuple": ("Losses(recon=27.4, kl=6.2, total=33.6)", ALL),
    "more: dataclass repr": ("TrainState(step=3, recon=tensor(27.4), kl=tensor(6.2))", NO_LOSS),
    "more: absl": ("I1128 12:00:01.123456 140 train.py:57] recon=27.4, kl=6.2", NO_LOSS),
    "more: kl + kl c sum": ("recon 27.4 kl_z 4.2 kl_c 2.0 loss 33.6", ALL),
    "more: xml": ("<epoch n=\"3\"><recon>27.4</recon><kl>6.2</kl></epoch>", NO_LOSS),
    "more: 1e-10": ("recon 27.4 kl 1e-10", (27.4, 1e-10, None)),
}  # fmt: skip


@pytest.mark.parametrize("source", FORMATS)
def test_a_posted_format_is_read(source: str) -> None:
    text, want = FORMATS[source]
    log = read_log(text)
    assert log.terms, log.unread
    last = log.terms[-1]
    assert (last.data, last.kl, last.total) == want, last
    names = [name for name in last.names if name]
    bare = ("two columns", "print(recon, kl)", "a tuple")
    assert source.startswith(bare) or len(names) == 3 - (want[2] is None)


def test_there_are_a_hundred_of_them() -> None:
    assert len(FORMATS) >= 100


def test_a_table_ends_where_another_one_begins() -> None:
    log = read_log("epoch recon kl\n1 27.4 6.2\nlayer in out\n1 784 400\n2 400 20")
    assert [(terms.line, terms.data, terms.kl) for terms in log.terms] == [(2, 27.4, 6.2)]


def test_weights_that_are_printed_are_no_terms() -> None:
    log = read_log("loss_weights:\n  recon: 1.0\n  kl: 0.00025\nepoch 1\n recon: 27.4\n kl: 6.2")
    assert [(terms.line, terms.data, terms.kl) for terms in log.terms] == [(6, 27.4, 6.2)]
    assert log.unread[1:3] == tuple(f"Line {i}: a weight of the loss, not a term of it." for i in (2, 3))
    assert read_log('{"weights": {"recon": 1.0, "kl": 0.001}}').terms == ()


def test_a_likelihood_that_crosses_zero_is_read_where_its_sign_is_certain() -> None:
    log = read_log("epoch 1 ll: -350.2 kl: 12.1\nepoch 2 ll: 120.4 kl: 15.0\nepoch 3 ll: 120.4 kl: 15.0 elbo: 105.4")
    assert [(terms.line, terms.data) for terms in log.terms] == [(1, 350.2), (3, -120.4)]
    assert "is a log-likelihood above zero, and no ELBO or loss in the line shows its sign" in log.unread[0]


def test_every_epoch_whose_number_stands_before_the_colon_is_a_record() -> None:
    log = read_log(
        "".join(f"Total Loss {i}: {30 + 2 * i}\nRecon Loss {i}: {25 + i}\nKL Loss {i}: {5 + i}\n" for i in range(3))
    )
    assert [(terms.data, terms.kl, terms.total) for terms in log.terms] == [(25, 5, 30), (26, 6, 32), (27, 7, 34)]
    one_after_the_other = read_log("recon epoch 1: 30\nrecon epoch 2: 27\nkl epoch 1: 5\nkl epoch 2: 6")
    assert [(terms.data, terms.kl) for terms in one_after_the_other.terms] == [(30, 5), (27, 6)]


def test_every_epoch_of_a_history_is_a_record() -> None:
    log = read_log("{'reconstruction_loss': [30.1, 27.4], 'kl_loss': [5.9, 6.2], 'lr': [0.001, 0.001]}")
    assert [(terms.data, terms.kl) for terms in log.terms] == [(30.1, 5.9), (27.4, 6.2)]


def test_a_long_history_is_read() -> None:
    history = {name: [round(base / (i + 1), 4) for i in range(200)] for name, base in (("recon", 500.0), ("kl", 9.0))}
    assert len(repr(history)) > 1000
    assert [(terms.data, terms.kl) for terms in read_log(repr(history)).terms] == list(zip(*history.values(), strict=True))


def test_the_sentence_says_why_a_name_was_not_taken() -> None:
    (sentence,) = read_log("recon 27.4 kl_y 1.2 kl_z 6.2").unread
    assert "“kl_y”, “kl_z”: no loss in the line shows which of them is KL, or whether they add up" in sentence
    (sentence,) = read_log("recon 27.4 beta*kl 3.1").unread
    assert "is KL after its weight" in sentence


REFUSED = {
    "a list": "recon: tensor([27.4, 27.5]) kl: tensor([6.2, 6.3])",
    "one thousand or one": "recon 1,234 kl 6.2e1x",
    "a fraction": "recon 27/4 kl 6.2",
    "a strange suffix": "recon 27.4k kl 6.2",
    "hexadecimal": "recon 0x1b kl 6.2",
    "a power of ten": "recon 2.74·10 kl 6.2",
    "a clock": "recon 27:40 kl 6.2",
    "percent": "recon 27.4% kl 6.2",
    "no data term": "loss 33.6 kl 6.2",
    "no KL": "loss 33.6 recon 27.4 kl_weight 0.5",
    "not a number": "recon nan kl 6.2",
    "infinite": "recon inf kl 6.2",
    "two points": "recon 27.4.1 kl 6.2",
    "Arabic digits": "recon ٢٧ kl 6.2",
    "DataLoader is no data term": "DataLoader 0 kl 6.2",
    "KL after its weight": "recon 27.4 beta*kl 3.1",
    "weighted KL": "recon 27.4 weighted_kl 3.1",
    "two KLs without a loss": "recon 27.4 kl_y 1.2 kl_z 6.2",
    "two data terms without a loss": "bce 27.4 mse 0.03 kl 6.2",
    "bits": "recon 39.5 bits, kl 8.9 bits",
    "bits in the name": "recon (bits): 39.5 kl (bits): 8.9",
    "a space between the thousands": "recon 1 027.4 kl 6.2",
    "a time before the value": "recon 1700000000000 27.4 5 kl 6.2",
    "training and validation": "recon: 27.4 / 28.1 kl: 6.2 / 6.1",
    "a range": "recon 27.4-28.0 kl 6.2",
    "before and after": "recon 30.1 -> 27.4 kl 5.9 -> 6.2",
    "a factor behind": "recon 27.4 (x1e-3) kl 6.2",
    "two decimal signs": "recon 1,234.5 kl 6,2",
    "a factor before KL": "recon: 27.4 kl: 0.1 * 6.2",
    "a factor in the name": "recon: 27.4 kl*0.1: 0.62",
    "a factor in brackets": "recon: 27.4 KL (x0.1): 0.62",
    "a Greek factor": "recon 27.4 βKL 0.62",
    "free bits alone": "recon 27.4 kl_clamped 8.0 loss 35.4",
    "bits per dimension": "nll (bits/dim): 1.6 kl (bits/dim): 0.2",
    "a logarithm of KL": "log_recon 3.31 log_kl 1.82",
    "the generator's loss of an adversarial game": "loss_disc=2.74, loss_gen=2.1, loss_fm=6.3, loss_kl=6.2",
    "a decoder's loss beside a discriminator": "loss_encoder 33.6 loss_decoder 27.4 loss_discriminator 1.2 kl 6.2",
    "log p(x) is no data term": "log p(x) = -33.2, ELBO = -33.6, KL = 6.2",
    "a marginal likelihood": "marginal log likelihood -33.2 kl 6.2",
    "a likelihood that the ELBO does not contain": "test_ll -33.2 kl 6.2 elbo -33.6",
    "a power after a space": "recon 2.74 e1 kl 6.2",
    "old and new": "recon old 30 new 27.4 kl old 5 new 6.2",
    "no number": '{"recon": 27.4, "kl": null}',
    "a list of KLs": '{"recon": 27.4, "kl": [1.0, 5.2]}',
    "a step and a loss": "3 540.2",
    "Keras' evaluate": "[33.6, 27.4]",
    "a rate of dropout": "epoch 3 recon 27.4 dropout_rate 0.1",
    "a sampling rate": "sampling rate 16000 recon 27.4",
    "another divergence": "recon 27.4 js_divergence 0.3",
    "a weight written before the name": "recon=27.4 0.1kl=0.62",
    "numbers before their names": "27.4 recon | 6.2 kl | 33.6 loss",
    "an epoch is no loss": "recon at epoch 3 was low, kl 6.2",
    "two numbers for the data term": "recon 27.4 recon_loss 0.035 kl 6.2",
    "two numbers for KL": "recon 27.4 kl_loss 0.62 kl 6.2 loss 28.02",
    "a likelihood above zero without its ELBO": "epoch 40 log_likelihood: 1200.0 kl: 31.5",
    "no number for KL": "recon 27.4 kl None loss 33.6",
    "the distance from a capacity": "recon 27.4 gamma*|KL-C|: 120 loss: 147.4",
    "a weighted data term": "recon_weighted 2740 kl 6.2",
    "percent after a space": "recon 27.4 kl 6.2 %",
    "KL of a reconstruction": "kl_reconstruction 6.2 recon 27.4",
    # Other losses, other tools, other KLs
    "more: PPO beside a VAE": "recon_loss: 27.4 policy_loss: -0.01 value_loss: 12.1 approx_kl: 0.013 clip_fraction: 0.1",
    "more: PPO old approxkl": "recon 27.4 approxkl 0.013 clipfrac 0.1",
    "more: PPO kl bare": "recon_loss 27.4 policy_loss 0.1 value_loss 3 kl 0.013 entropy 1.2",
    "more: PPO mean_kl": "recon_loss 27.4 surrogate_loss 0.1 mean_kl 0.013",
    "more: SB3 table": "| rollout/ep_rew_mean | 12 |\n| train/approx_kl | 0.013 |\n| train/loss | 33.6 |\n| train/recon_loss | 27.4 |",
    "more: gan gen_loss": "gen_loss 1.3 dis_loss 0.7 kl_loss 6.2",
    "more: gan g/d": "G_loss: 1.3 D_loss: 0.7 gen_loss: 27.4 KL: 6.2",
    "more: gan real/fake": "loss_real 0.3 loss_fake 0.4 gen_loss 1.2 kld 6.2",
    "more: gan critic": "critic_loss -3.2 gen_loss 27.4 kl_loss 6.2",
    "more: pix2pix bicycle": "G_GAN: 0.9 D: 0.6 G_L1: 27.4 kl: 6.2",
    "more: Pyro SVI": "[epoch 003]  average training loss: 33.6000",
    "more: NumPyro bar": "100%|██████████| 1000/1000 [00:01<00:00, 678.5it/s, init loss: 120.1, avg. loss [951-1000]: 33.6]",
    "more: scvi bar": "Epoch 400/400: 100%|██████████| 400/400 [01:02<00:00,  6.41it/s, v_num=1, train_loss_step=33.6, train_loss_epoch=33.6]",
    "more: VQ-VAE": "recon_loss: 27.4, vq_loss: 0.12, commitment: 0.03, perplexity: 312.5",
    "more: VQ-VAE keras": "469/469 - 8s - loss: 27.5 - reconstruction_loss: 27.4 - vqvae_loss: 0.1",
    "more: RQ": "recon 27.4 | codebook 0.1 | usage 0.98",
    "more: betaTCVAE": "recon: 27.4 mi: 3.0 tc: 1.0 dwkl: 2.2 loss: 39.6",
    "more: betaTC full": "iter 100 recon 27.4 mi_loss 3.0 tc_loss 1.0 dw_kl_loss 2.2",
    "more: ladder layers only no sum": "recon 27.4 kl_1 2.0 kl_2 4.2",
    "more: bits/dim": "epoch 3 bits/dim 3.42 kl 0.4 recon 3.0 bpd",
    "more: IWAE only": "Epoch 3 train LL: -86.1 test LL: -86.9",
    "more: TB csv": "Wall time,Step,Value\n1700000000.1,1,27.4",
    "more: indian": "recon: 1,02,027.4 kl: 6.2",
    "more: fortran D": "recon 2.74D+01 kl 6.2D+00",
    "more: M suffix": "recon: 2.7M, kl: 6.2K",
    "more: slash pair": "recon/kl 27.4/6.2",
    "more: recon, kl: pair": "recon, kl: 27.4, 6.2",
    "more: (recon, kl) = pair": "(recon, kl) = (27.4, 6.2)",
    "more: arrow val": "recon 27.4→26.1 kl 6.2",
    "more: less than": "recon < 27.4 kl > 6.2",
    "more: log recon": "log_recon: 3.31 kl: 6.2",
    "more: kl target only": "recon 27.4 kl_target 10",
    "more: kl factor": "recon 27.4 kl_factor 0.3",
    "more: kl multiplier": "recon 27.4 kl_mult 0.3",
    "more: kl alpha": "recon 27.4 kl_alpha 0.3",
    "more: kl schedule": "recon 27.4 kl_schedule 0.3",
    "more: kl ratio": "recon 27.4 kl_ratio 0.3",
    "more: kl median": "recon 27.4 kl_median 12",
    "more: kl p90": "recon 27.4 kl_p90 12",
    "more: kl sq": "recon 27.4 kl_sq 12",
    "more: reverse kl": "recon 27.4 reverse_kl 1.2",
    "more: kl teacher student": "recon 27.4 kl_teacher 1.2",
    "more: two column sets": "            train      val\nrecon        27.4     30.0\nkl            6.2      7.0",
    "more: two column sets2": "metric train val\nrecon 27.4 30.0\nkl 6.2 7.0",
    "more: recon_ema": "recon_ema 28.0 recon 27.4 kl_ema 6.1 kl 6.2",
    "more: latex": "27.4 & 6.2 \\\\",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_number_that_is_not_understood_refuses_its_line(name: str) -> None:
    log = read_log(REFUSED[name])
    assert log.terms == ()
    assert len(log.unread) == len(REFUSED[name].splitlines())


@pytest.mark.parametrize(
    ("text", "comma", "value"),
    [
        ("1,234.5", Comma.UNKNOWN, 1234.5), ("1.234,5", Comma.UNKNOWN, 1234.5), ("1,234", Comma.UNKNOWN, None),
        ("1,234", Comma.DECIMAL, 1.234), ("1,234", Comma.THOUSANDS, 1234.0), ("0,123", Comma.UNKNOWN, 0.123),
        ("12,34", Comma.UNKNOWN, 12.34), ("1,234,567", Comma.UNKNOWN, 1234567.0), ("1.234.567", Comma.UNKNOWN, 1234567.0),
        ("1'234.5", Comma.UNKNOWN, 1234.5), ("1_234", Comma.UNKNOWN, 1234.0), ("1\u202f234,5", Comma.UNKNOWN, 1234.5),
        ("-.5", Comma.UNKNOWN, -0.5), ("5.", Comma.UNKNOWN, 5.0), ("+1e-3", Comma.UNKNOWN, 0.001), ("--1", Comma.UNKNOWN, None),
        ("1e", Comma.UNKNOWN, None), ("", Comma.UNKNOWN, None), ("1,23,4", Comma.UNKNOWN, None), ("9" * 41, Comma.UNKNOWN, None),
    ],
)  # fmt: skip
def test_a_number_is_read_whole_or_not_at_all(text: str, comma: Comma, value: float | None) -> None:
    assert read_number(text, comma) == value


def test_a_comma_is_settled_by_the_other_numbers_of_the_log() -> None:
    (german,) = read_log("recon 1,234 kl 6,25").terms
    (english,) = read_log("recon 1,234 kl 6.25").terms
    assert (german.data, english.data) == (1.234, 1234.0)


def test_what_was_understood_is_kept_by_name() -> None:
    (terms,) = read_log("train: epoch 9, nll 110.0, klw: 1.0, KL 10.0,  rc 100.0").terms
    assert terms.names == ("rc", "KL", "nll")


def test_no_pattern_that_meets_a_visitors_text_can_backtrack() -> None:
    """Of every pattern that meets a visitor's text, each unbounded repetition is possessive."""
    of_logs = (log_attached, log_lines, log_names, log_numbers, log_sets, log_tables, log_tokens, training_log)
    modules = (*of_logs, codes, class_messages, set_list, web_messages)
    for module in modules:
        for pattern in (value for value in vars(module).values() if isinstance(value, re.Pattern)):
            without_classes = re.sub(r"\[[^\]]*\]", "", re.sub(r"\\.", "", pattern.pattern))
            assert not re.search(r"[*+]", re.sub(r"[*+?}]\+", "", without_classes)), pattern.pattern


@pytest.mark.parametrize(
    "line",
    [
        "a" + "1" * 498,
        " " * 499,
        "a " * 249,
        "1 " * 249,
        "recon " * 83,
        ")" * 499,
        "(" * 499,
        "kl 6.2 " * 71,
        "1,1" * 166,
        "-" * 499,
    ],
)
def test_the_work_grows_with_the_length_alone(line: str) -> None:
    """Tokens, pairs and characters that are handled, counted: twice the line is at most a little more than twice the work."""
    once, twice = (len(log_tokens.tokens_of(line * times)) for times in (1, 2))
    assert twice <= 2 * once + 2
    pairs = [len(log_lines.pairs_in(line * times)) for times in (1, 2)]
    assert pairs[1] <= 2 * pairs[0] + 2 and pairs[1] <= log_lines.MOST_PAIRS
    read_log((line + "x\n") * 50)


NAMES = st.sampled_from(
    [("recon", "kl", "loss"), ("recon_loss", "kld", "total_loss"), ("mse", "KL", "total"), ("train/rec", "train/kl_loss", "train/loss"),
     ("Reconstruction Loss", "KL Divergence", "Loss"), ("reconstructionLoss", "klLoss", "totalLoss")]
)  # fmt: skip
NUMBERS = st.floats(1e-4, 1e6).map(lambda number: float(f"{number:.6g}"))


@settings(deadline=None)
@given(
    NAMES,
    NUMBERS,
    NUMBERS,
    st.sampled_from([1.0, 0.1, 4.0]),
    st.randoms(),
    st.sampled_from(["colon", "equals", "json", "csv", "lines"]),
)
def test_a_rendered_log_is_read_back(
    names: tuple[str, ...], data: float, kl: float, weight: float, order, layout: str
) -> None:
    values = dict(zip(names, (data, kl, data + weight * kl), strict=True))
    entries = list(values.items())
    order.shuffle(entries)
    text = {
        "colon": ", ".join(f"{name}: {value!r}" for name, value in entries),
        "equals": " ".join(f"{name.replace(' ', '_')}={value!r}" for name, value in entries),
        "json": "{" + ", ".join(f'"{name}": {value!r}' for name, value in entries) + "}",
        "csv": ",".join(name for name, _ in entries) + "\n" + ",".join(repr(value) for _, value in entries),
        "lines": "\n".join(f"{name}  {value!r}" for name, value in entries),
    }[layout]
    (terms,) = read_log(text).terms
    assert (terms.data, terms.kl, terms.total) == (data, kl, data + weight * kl)


@settings(deadline=None)
@given(st.floats(1e-3, 1e5).map(lambda number: round(number, 2)), st.floats(1e-3, 1e3).map(lambda number: round(number, 2)))
def test_a_log_of_another_locale_is_read_back(data: float, kl: float) -> None:
    comma = [f"{number:.2f}".replace(".", ",") for number in (data, kl)]
    grouped = [f"{number:,.2f}" for number in (data, kl)]
    for texts in (comma, grouped):
        (terms,) = read_log(f"recon {texts[0]} kl {texts[1]}").terms
        assert (terms.data, terms.kl) == (data, kl)
